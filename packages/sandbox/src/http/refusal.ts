/** Which rule a response is the refusal of. Beside the response and not in it: clients see what providers send. */
const RULES = new WeakMap<Response, string>();

/** Notes the rule, and returns the response. */
export function asRefusal(response: Response, rule: string): Response {
  RULES.set(response, rule);
  return response;
}

/** The rule, where there was one. */
export function refusedRule(response: Response): string | undefined {
  return RULES.get(response);
}
