// Endpoints that the cart cannot use, while DynamoDB and its Service are as documented.
import { cartCrashed, dbAnswers } from '../conditions.mjs'
import { ENDPOINT } from '../manifest.mjs'

// A packet to a port that the Service does not have leaves the node; outside it is dropped, or a stranger answers.
const strayed = /Connect timed out|HTTP status code/

const wrong = (name, value, text, id, phases = false) => ({
  name,
  mutate: (app) => app.set(ENDPOINT, value),
  cartLast: dbAnswers,
  waitFor: cartCrashed(text),
  phases,
  expect: { rootCauses: [id], failed: ['endpoint', 'cart-logs'], verdicts: { 'db-deployment': 'pass', 'db-service': 'pass' } },
  fixWorks: true,
})

export const endpoint = [
  wrong('endpoint-port', 'http://dynamodb:9000', strayed, 'endpoint-port'),
  wrong('endpoint-host', 'http://dynamo:8000', /UnknownHostException: dynamo$/m, 'endpoint-host', true),
  // No Service has a name like it: the documented one is offered.
  wrong('endpoint-host-unlike', 'http://storage:8000', /UnknownHostException: storage$/m, 'endpoint-host'),
  wrong('endpoint-localhost', 'http://localhost:8000', /Connect to localhost:8000 .*refused/, 'endpoint-localhost', true),
  wrong('endpoint-https', 'https://dynamodb:8000', /SSLException/, 'endpoint-scheme'),
  wrong('endpoint-no-scheme', 'dynamodb:8000', /URISyntaxException/, 'endpoint-malformed'),
  wrong('endpoint-space', 'http://dynamodb :8000', /URISyntaxException/, 'endpoint-malformed'),
  {
    name: 'endpoint-unset',
    mutate: (app) => app.unset(ENDPOINT),
    waitFor: cartCrashed(/amazonaws\.com/),
    expect: { rootCauses: ['endpoint-unset'], failed: ['cart-env', 'endpoint', 'cart-logs'], verdicts: { 'aws-credentials': 'pass' } },
    fixWorks: true,
  },
  {
    name: 'endpoint-empty',
    mutate: (app) => app.set(ENDPOINT, ''),
    waitFor: cartCrashed(/amazonaws\.com/),
    expect: { rootCauses: ['endpoint-unset'], failed: ['cart-env', 'endpoint', 'cart-logs'] },
    fixWorks: true,
  },
  {
    // What decides is not the variable: the packets go to a port that nobody serves, and the network is innocent.
    name: 'endpoint-overridden',
    mutate: (app) => {
      app.container.command = ['sh', '-c', `export ${ENDPOINT}=http://dynamodb:9000; exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar app.jar`]
    },
    cartLast: dbAnswers,
    waitFor: cartCrashed(strayed),
    expect: { rootCauses: ['endpoint-overridden'], failed: ['cart-logs'], mentions: ['http://dynamodb:9000', 'SPRING_APPLICATION_JSON'] },
  },
  {
    // Another HTTP server: the network and the objects look fine. Here it is a second cart, without a database.
    name: 'endpoint-not-dynamodb',
    mutate: (app) => {
      const other = app.second('other')
      app.others.push(...other)
      app.set(ENDPOINT, 'http://other')
    },
    waitFor: cartCrashed(/HTTP status code 404/),
    expect: { rootCauses: ['endpoint-not-dynamodb'], failed: ['cart-logs'] },
    fixWorks: true,
  },
  {
    // env wins over envFrom: the right value is there, hidden.
    name: 'endpoint-shadowed',
    mutate: (app) => {
      app.configMap.data[ENDPOINT] = 'http://dynamodb:8000'
      app.container.envFrom = [{ configMapRef: { name: 'cart' } }]
      app.set(ENDPOINT, 'http://dynamodb:9000')
    },
    waitFor: cartCrashed(strayed),
    expect: { rootCauses: ['endpoint-port'], failed: ['endpoint', 'cart-logs'], mentions: [`${ENDPOINT}-`] },
    fixWorks: true,
  },
]
