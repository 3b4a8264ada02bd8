export { runBridge } from './bridge.js';
export { createLog } from './log.js';
export type { Log } from './log.js';
export type { BridgeOptions } from './bridge.js';
