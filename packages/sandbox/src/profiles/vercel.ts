import type { Profile } from '../profile.js';

export const vercel: Profile = {
  summary: 'the resource names openid only; refresh token only with offline_access, which the server lists',
  facts: [
    "the resource metadata lists openid, the server's offline_access too; an hour of access and no refresh token without it [C can1357/oh-my-pi#9909]",
    'loopback redirect URIs are registered, others are not [C opensession#173]',
  ],
  quirks: {
    resourceScopes: ['openid'],
    serverScopes: ['openid', 'email', 'profile', 'offline_access'],
    refreshTokens: 'offline_access',
  },
};
