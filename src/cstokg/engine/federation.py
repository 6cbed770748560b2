from cstokg.engine.relay import Relay  # noqa: F401
