// Settings of the cart other than the endpoint, credentials, and references to things that are not there.
import { all, cartCrashed, dbAnswers, runningUnready, serving, waitingFor } from '../conditions.mjs'
import { CREATE, ENDPOINT, PROVIDER, TABLE } from '../manifest.mjs'

const one = (id, failed, more) => ({ rootCauses: [id], failed, ...more })
const configError = waitingFor('cart', 'CreateContainerConfigError')

export const environment = [
  {
    name: 'provider-unset',
    mutate: (app) => app.unset(PROVIDER),
    waitFor: serving,
    expect: one('provider-not-dynamodb', ['cart-env'], { verdicts: { 'cart-logs': 'pass' } }),
    fixWorks: true,
  },
  {
    name: 'provider-in-memory',
    mutate: (app) => app.set(PROVIDER, 'in-memory'),
    waitFor: serving,
    expect: one('provider-not-dynamodb', ['cart-env']),
    fixWorks: true,
  },
  {
    name: 'provider-old-names',
    mutate: (app) => {
      app.unset(PROVIDER, TABLE, ENDPOINT, CREATE)
      app.set('SPRING_PROFILES_ACTIVE', 'dynamodb').set('CARTS_DYNAMODB_ENDPOINT', 'http://dynamodb:8000')
      app.set('CARTS_DYNAMODB_TABLENAME', 'Items').set('CARTS_DYNAMODB_CREATETABLE', 'true')
    },
    // Nothing that this release reads lets it make its table, and nobody else has made it.
    waitFor: all(serving, dbAnswers),
    expect: one('provider-old-names', ['cart-env', 'endpoint', 'create-table']),
    fixWorks: true,
  },
  {
    name: 'provider-old-profile',
    mutate: (app) => app.unset(PROVIDER).set('SPRING_PROFILES_ACTIVE', 'dynamodb'),
    expect: one('provider-old-names', ['cart-env']),
    fixWorks: true,
  },
  {
    name: 'provider-typo',
    mutate: (app) => app.set(PROVIDER, 'dynamo'),
    waitFor: cartCrashed(/required a bean/),
    expect: one('provider-unknown', ['cart-env', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'create-table-not-boolean',
    mutate: (app) => app.set(CREATE, 'ja'),
    waitFor: cartCrashed(/Failed to bind properties/),
    phases: true,
    expect: one('create-table-not-boolean', ['create-table', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'table-missing',
    mutate: (app) => app.set(CREATE, 'false'),
    cartLast: dbAnswers,
    waitFor: cartCrashed(/non-existent table/),
    phases: true,
    expect: one('table-missing', ['create-table', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'table-name-illegal',
    mutate: (app) => app.set(TABLE, 'my items'),
    cartLast: dbAnswers,
    waitFor: cartCrashed(/Invalid table/),
    expect: one('table-name-illegal', ['cart-env', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'credentials-missing',
    mutate: (app) => app.unset('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'),
    waitFor: cartCrashed(/Unable to load credentials/),
    phases: true,
    expect: one('credentials-missing', ['aws-credentials', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'credentials-and-region-missing',
    mutate: (app) => app.unset('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'),
    waitFor: cartCrashed(/Unable to load credentials/),
    expect: one('credentials-missing', ['aws-credentials', 'cart-logs'], { mentions: ['AWS_REGION=us-west-2'] }),
    fixWorks: true,
  },
  {
    name: 'credentials-secret-missing',
    mutate: (app) => app.unset('AWS_SECRET_ACCESS_KEY'),
    waitFor: cartCrashed(/Unable to load credentials/),
    expect: one('credentials-incomplete', ['aws-credentials', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'credentials-key-empty',
    mutate: (app) => app.set('AWS_ACCESS_KEY_ID', ''),
    waitFor: cartCrashed(/Unable to load credentials/),
    expect: one('credentials-incomplete', ['aws-credentials', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'credentials-illegal-key-id',
    mutate: (app) => app.set('AWS_ACCESS_KEY_ID', `fake-${app.canary}`),
    cartLast: dbAnswers,
    waitFor: cartCrashed(/security token is invalid/),
    expect: one('credentials-illegal-key-id', ['aws-credentials', 'cart-logs']),
    fixWorks: true,
  },
  {
    // Without an endpoint the SDK looks for a region before it looks for anything else.
    name: 'region-missing',
    mutate: (app) => app.unset(ENDPOINT, 'AWS_REGION'),
    waitFor: cartCrashed(/Unable to load region/),
    phases: true,
    expect: one('region-missing', ['cart-env', 'aws-credentials', 'endpoint', 'cart-logs']),
    fixWorks: true,
  },
  {
    name: 'reference-secret-absent',
    mutate: (app) => app.set('AWS_SECRET_ACCESS_KEY', { secretKeyRef: { name: 'not-there', key: 'secret' } }),
    waitFor: configError,
    expect: one('config-reference-missing', ['aws-credentials'], { verdicts: { 'cart-logs': 'skip' }, mentions: ['not-there'] }),
  },
  {
    // Both keys come from it, and it is not there: made with fake ones, it is all that was missing.
    name: 'reference-aws-secret-absent',
    mutate: (app) => {
      app.unset('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY')
      app.container.envFrom = [{ secretRef: { name: 'not-there' } }]
    },
    waitFor: configError,
    expect: one('config-reference-missing', ['aws-credentials'], { verdicts: { 'cart-logs': 'skip' }, mentions: ['not-there'] }),
    fixWorks: true,
  },
  {
    name: 'reference-key-absent',
    mutate: (app) => app.set('AWS_SECRET_ACCESS_KEY', { secretKeyRef: { name: 'aws', key: 'not-there' } }),
    waitFor: configError,
    expect: one('config-reference-missing', ['aws-credentials'], { verdicts: { 'cart-logs': 'skip' }, mentions: ['not-there'] }),
  },
  {
    // Nothing that the checklist is about comes from there; still no container can be made.
    name: 'reference-config-map-absent',
    mutate: (app) => { app.container.envFrom = [{ configMapRef: { name: 'not-there' } }] },
    waitFor: configError,
    expect: one('config-reference-missing', [], { verdicts: { 'cart-logs': 'skip' }, mentions: ['not-there'] }),
  },
  {
    name: 'port-against-probe',
    mutate: (app) => app.set('PORT', '9090'),
    cartLast: dbAnswers,
    waitFor: runningUnready('cart', 10),
    expect: one('cart-port-mismatch', ['cart-env'], { verdicts: { 'cart-logs': 'pass' } }),
    fixWorks: true,
  },
]
