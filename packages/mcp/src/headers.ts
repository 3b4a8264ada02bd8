/*
 * What the headers of a request say about its message, for those who relay messages and need no session: nothing here
 * loads the SDK.
 */
export { isJsonObject } from './json.js';
export type { JsonObject } from './json.js';
export * from './tool-headers.js';
