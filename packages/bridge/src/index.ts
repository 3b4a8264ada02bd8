export { runBridge } from './bridge.js';
export type { BridgeOptions } from './bridge.js';
export type { Exclusive } from './sign-in-gate.js';
