/// <reference types="node" preserve="true" />
export { runBridge } from './bridge.js';
export { createLog } from './host/log.js';
export type { BridgeOptions } from './bridge.js';
