export { runBridge } from './bridge.js';
export { createLog } from './host/log.js';
export type { BridgeOptions } from './bridge.js';
