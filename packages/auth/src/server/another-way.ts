/**
 * Statuses with which a server says that it does not take a POST like this one, and no word of JSON-RPC: it may speak
 * another revision, or the transport of 2024-11-05 (2025-11-25 transports, "Backwards Compatibility", names 400, 404 and
 * 405; the others are what servers say).
 */
const STATUSES: ReadonlySet<number> = new Set([400, 404, 405, 406, 415, 500, 501]);

/** True where another way of speaking is worth a try after an answer with this status. */
export function mayTakeAnotherWay(status: number): boolean {
  return STATUSES.has(status);
}
