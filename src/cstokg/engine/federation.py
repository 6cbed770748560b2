from cstokg.engine.relay import Relay
