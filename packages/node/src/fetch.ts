/// <reference types="node" preserve="true" />
export { createConnecting } from './fetch/connecting.js';
export type { Connecting, ConnectingServer } from './fetch/connecting.js';
export { isProxied, proxyFor, proxyVariables } from './fetch/proxy.js';
export { systemClock } from './fetch/system-clock.js';
export { createFetch } from './fetch/system-fetch.js';
export type { FetchOptions } from './fetch/system-fetch.js';
export { systemRandom } from './random.js';
