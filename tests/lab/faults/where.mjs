// Where a fault strikes: conditions on an exchange.
const api = (pattern) => (exchange) => exchange.kind === 'api' && pattern.test(exchange.url)

export const everything = () => true
export const everyQuestion = api(/./)
export const CART = api(/\/deployments\/cart-deployment$/)
export const SERVICES = api(/\/services\?/)
export const PODS = api(/\/pods\?/)
export const SLICES = api(/\/endpointslices\?/)
export const LOG = api(/\/pods\/[^/]+\/log\?(?!.*previous)/)
export const WATCH = api(/[?&]watch=1/)
export const EXEC = (exchange) => exchange.kind === 'exec'
export const FORWARD = (exchange) => exchange.kind === 'forward'
export const toDatabase = (exchange) => exchange.kind === 'forward' && exchange.url.includes('/pods/dynamodb-')
export const after = (count) => (exchange) => exchange.number > count
