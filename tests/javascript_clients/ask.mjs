// Asks an endpoint with every client, and prints what each has read.
import { Readable } from 'node:stream'
import { SparqlEndpointFetcher } from 'fetch-sparql-endpoint'
import ParsingClient from 'sparql-http-client/ParsingClient.js'
import { SparqlJsonParser } from 'sparqljson-parse'
import { SparqlXmlParser } from 'sparqlxml-parse'

const [endpointUrl, select, construct] = process.argv.slice(2)
const texts = rows => rows.map(row => row.o.value).sort()
const all = async stream => {
  const items = []
  for await (const item of stream) items.push(item)
  return items
}

const bindings = {}
const triples = {}
const answers = {}
for (const operation of ['get', 'postUrlencoded', 'postDirect']) {
  const { query } = new ParsingClient({ endpointUrl })
  bindings[`sparql-http-client ${operation}`] = texts(await query.select(select, { operation }))
  triples[`sparql-http-client ${operation}`] = (await query.construct(construct, { operation })).size
  answers[`sparql-http-client ${operation}`] = await query.ask('ASK {}', { operation })
}
for (const method of ['GET', 'POST']) {
  const fetcher = new SparqlEndpointFetcher({ method })
  bindings[`fetch-sparql-endpoint ${method}`] = texts(await all(await fetcher.fetchBindings(endpointUrl, select)))
  triples[`fetch-sparql-endpoint ${method}`] = (await all(await fetcher.fetchTriples(endpointUrl, construct))).length
  answers[`fetch-sparql-endpoint ${method}`] = await fetcher.fetchAsk(endpointUrl, 'ASK {}')
}
const address = `${endpointUrl}?query=${encodeURIComponent(select)}&format=`
const json = await (await fetch(`${address}json`)).json()
bindings['sparqljson-parse'] = texts(new SparqlJsonParser().parseJsonResults(json))
const xml = Readable.fromWeb((await fetch(`${address}xml`)).body)
bindings['sparqlxml-parse'] = texts(await all(new SparqlXmlParser().parseXmlResultsStream(xml)))

console.log(JSON.stringify({ bindings, triples, answers }))
