/** A program that relays a remote server to a host, as far as its arguments say something about the server. */
export interface StdioProxy {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `none` where it was told to send no resource. */
  readonly resource?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly scopes?: readonly string[];
  /** Where a registered client is sent back to. */
  readonly callback?: { readonly host: string; readonly port?: number; readonly path: string };
  /** Tools that it hides; patterns too. */
  readonly hiddenTools?: readonly string[];
  /** What it was told and the configuration does not get. */
  readonly leftOut?: readonly string[];
}
