import { plain } from '@mcpass/auth';
import { redirectToRegister } from '@mcpass/node/sign-in';
import { type Deps, silent } from '../deps.js';
import { readConfiguration } from '../servers/configuration.js';

/** The redirect URI that a client made by hand for this server has to name, in words for whoever fills in the form. */
export function redirectText(nameOrUrl: string, deps: Deps): string {
  const { settings } = readConfiguration(silent(deps)).config.server(nameOrUrl);
  const { uri, anyPort } = redirectToRegister({ ...settings.redirect });
  const shown = plain(uri, 1_000);
  return anyPort ? `${shown} (any port; if the provider wants one, set oauth.callback_port)` : shown;
}
