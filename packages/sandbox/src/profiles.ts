import type { Profile } from './profile.js';
import { agentcore } from './profiles/agentcore.js';
import { atlassianAuthv2 } from './profiles/atlassian-authv2.js';
import { atlassianV1 } from './profiles/atlassian-v1.js';
import { atlassianV2 } from './profiles/atlassian-v2.js';
import { attio } from './profiles/attio.js';
import { auth0 } from './profiles/auth0.js';
import { auth0Compatible } from './profiles/auth0-compatible.js';
import { authelia } from './profiles/authelia.js';
import { authentik } from './profiles/authentik.js';
import { authkit } from './profiles/authkit.js';
import { awsGateway } from './profiles/aws-gateway.js';
import { betterAuth } from './profiles/better-auth.js';
import { betterAuthSlash } from './profiles/better-auth-slash.js';
import { box } from './profiles/box.js';
import { calCom } from './profiles/cal-com.js';
import { cimd } from './profiles/cimd.js';
import { device } from './profiles/device.js';
import { dpop, dpopNonce } from './profiles/dpop.js';
import { clerk } from './profiles/clerk.js';
import { cognito } from './profiles/cognito.js';
import { cropwise } from './profiles/cropwise.js';
import { databricks } from './profiles/databricks.js';
import { datadog } from './profiles/datadog.js';
import { entraMultiTenant } from './profiles/entra-multi-tenant.js';
import { entraSpa } from './profiles/entra-spa.js';
import { entraV1 } from './profiles/entra-v1.js';
import { entraV2 } from './profiles/entra-v2.js';
import { exa } from './profiles/exa.js';
import { fastmail } from './profiles/fastmail.js';
import { fastmcpProxy } from './profiles/fastmcp-proxy.js';
import { figma } from './profiles/figma.js';
import { figmaApproved } from './profiles/figma-approved.js';
import { front } from './profiles/front.js';
import { github } from './profiles/github.js';
import { google } from './profiles/google.js';
import { gotrue } from './profiles/gotrue.js';
import { grafana } from './profiles/grafana.js';
import { hubspot } from './profiles/hubspot.js';
import { hydra } from './profiles/hydra.js';
import { intercom } from './profiles/intercom.js';
import { jumpcloud } from './profiles/jumpcloud.js';
import { keycloak } from './profiles/keycloak.js';
import { keycloakTrustedHosts } from './profiles/keycloak-trusted-hosts.js';
import { laravel } from './profiles/laravel.js';
import { launchdarkly } from './profiles/launchdarkly.js';
import { legacy202503 } from './profiles/legacy-2025-03.js';
import { parRequired } from './profiles/par-required.js';
import { legacy202503Bare } from './profiles/legacy-2025-03-bare.js';
import { linear } from './profiles/linear.js';
import { litellm } from './profiles/litellm.js';
import { mediawiki } from './profiles/mediawiki.js';
import { miro } from './profiles/miro.js';
import { monday } from './profiles/monday.js';
import { namecheap } from './profiles/namecheap.js';
import { notion } from './profiles/notion.js';
import { okta } from './profiles/okta.js';
import { outline } from './profiles/outline.js';
import { pagerduty } from './profiles/pagerduty.js';
import { paypal } from './profiles/paypal.js';
import { paypalRateLimit } from './profiles/paypal-rate-limit.js';
import { pingfederate } from './profiles/pingfederate.js';
import { machineJwt } from './profiles/machine-jwt.js';
import { machine } from './profiles/machine.js';
import { plain } from './profiles/plain.js';
import { preRegistered } from './profiles/pre-registered.js';
import { resourceBound } from './profiles/resource-bound.js';
import { salesforce } from './profiles/salesforce.js';
import { sentry } from './profiles/sentry.js';
import { sentryDeadUpstream } from './profiles/sentry-dead-upstream.js';
import { slack } from './profiles/slack.js';
import { square } from './profiles/square.js';
import { stepup } from './profiles/stepup.js';
import { stripe } from './profiles/stripe.js';
import { stytch } from './profiles/stytch.js';
import { supabaseMcp } from './profiles/supabase-mcp.js';
import { superset } from './profiles/superset.js';
import { todoist } from './profiles/todoist.js';
import { ubersuggest } from './profiles/ubersuggest.js';
import { v0 } from './profiles/v0.js';
import { vercel } from './profiles/vercel.js';
import { wordpress } from './profiles/wordpress.js';
import { workersOauth010 } from './profiles/workers-oauth-0.10.js';
import { workersOauth02 } from './profiles/workers-oauth-0.2.js';
import { workersOauth08 } from './profiles/workers-oauth-0.8.js';
import { workersOauth09 } from './profiles/workers-oauth-0.9.js';
import { zapier } from './profiles/zapier.js';
import { zoho } from './profiles/zoho.js';
import { zomato } from './profiles/zomato.js';
import { enterprise } from './profiles/enterprise.js';
import { workload } from './profiles/workload.js';

/** The name of a profile. */
export type ProfileName =
  | 'plain'
  | 'fastmail'
  | 'resource-bound'
  | 'authkit'
  | 'cimd'
  | 'pre-registered'
  | 'stepup'
  | 'legacy-2025-03'
  | 'legacy-2025-03-bare'
  | 'par-required'
  | 'device'
  | 'dpop'
  | 'dpop-nonce'
  | 'agentcore'
  | 'atlassian-authv2'
  | 'atlassian-v1'
  | 'atlassian-v2'
  | 'attio'
  | 'auth0'
  | 'auth0-compatible'
  | 'authelia'
  | 'authentik'
  | 'aws-gateway'
  | 'better-auth'
  | 'better-auth-slash'
  | 'box'
  | 'cal-com'
  | 'clerk'
  | 'cognito'
  | 'cropwise'
  | 'databricks'
  | 'datadog'
  | 'entra-multi-tenant'
  | 'entra-spa'
  | 'entra-v1'
  | 'entra-v2'
  | 'exa'
  | 'fastmcp-proxy'
  | 'figma'
  | 'figma-approved'
  | 'front'
  | 'github'
  | 'google'
  | 'gotrue'
  | 'grafana'
  | 'hubspot'
  | 'hydra'
  | 'intercom'
  | 'jumpcloud'
  | 'keycloak'
  | 'keycloak-trusted-hosts'
  | 'laravel'
  | 'launchdarkly'
  | 'linear'
  | 'litellm'
  | 'mediawiki'
  | 'miro'
  | 'monday'
  | 'namecheap'
  | 'notion'
  | 'okta'
  | 'outline'
  | 'pagerduty'
  | 'paypal'
  | 'paypal-rate-limit'
  | 'pingfederate'
  | 'salesforce'
  | 'sentry'
  | 'sentry-dead-upstream'
  | 'slack'
  | 'square'
  | 'stripe'
  | 'stytch'
  | 'supabase-mcp'
  | 'superset'
  | 'todoist'
  | 'ubersuggest'
  | 'v0'
  | 'vercel'
  | 'wordpress'
  | 'workers-oauth-0.10'
  | 'workers-oauth-0.2'
  | 'workers-oauth-0.8'
  | 'workers-oauth-0.9'
  | 'zapier'
  | 'zoho'
  | 'zomato'
  | 'machine'
  | 'machine-jwt'
  | 'workload'
  | 'enterprise';

/** Every profile by its name: those that show one thing, and then the providers. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  plain,
  fastmail,
  'resource-bound': resourceBound,
  authkit,
  cimd,
  'pre-registered': preRegistered,
  stepup,
  'legacy-2025-03': legacy202503,
  'legacy-2025-03-bare': legacy202503Bare,
  'par-required': parRequired,
  device,
  dpop,
  'dpop-nonce': dpopNonce,
  agentcore,
  'atlassian-authv2': atlassianAuthv2,
  'atlassian-v1': atlassianV1,
  'atlassian-v2': atlassianV2,
  attio,
  auth0,
  'auth0-compatible': auth0Compatible,
  authelia,
  authentik,
  'aws-gateway': awsGateway,
  'better-auth': betterAuth,
  'better-auth-slash': betterAuthSlash,
  box,
  'cal-com': calCom,
  clerk,
  cognito,
  cropwise,
  databricks,
  datadog,
  'entra-multi-tenant': entraMultiTenant,
  'entra-spa': entraSpa,
  'entra-v1': entraV1,
  'entra-v2': entraV2,
  exa,
  'fastmcp-proxy': fastmcpProxy,
  figma,
  'figma-approved': figmaApproved,
  front,
  github,
  google,
  gotrue,
  grafana,
  hubspot,
  hydra,
  intercom,
  jumpcloud,
  keycloak,
  'keycloak-trusted-hosts': keycloakTrustedHosts,
  laravel,
  launchdarkly,
  linear,
  litellm,
  mediawiki,
  miro,
  monday,
  namecheap,
  notion,
  okta,
  outline,
  pagerduty,
  paypal,
  'paypal-rate-limit': paypalRateLimit,
  pingfederate,
  salesforce,
  sentry,
  'sentry-dead-upstream': sentryDeadUpstream,
  slack,
  square,
  stripe,
  stytch,
  'supabase-mcp': supabaseMcp,
  superset,
  todoist,
  ubersuggest,
  v0,
  vercel,
  wordpress,
  'workers-oauth-0.10': workersOauth010,
  'workers-oauth-0.2': workersOauth02,
  'workers-oauth-0.8': workersOauth08,
  'workers-oauth-0.9': workersOauth09,
  zapier,
  zoho,
  zomato,
  machine,
  'machine-jwt': machineJwt,
  workload,
  enterprise,
};

/** Whether a profile of that name exists. */
export function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}
