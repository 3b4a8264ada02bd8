export { isJsonObject, type JsonObject, objectIn } from '@mcpass/auth';
