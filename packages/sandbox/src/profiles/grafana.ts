import type { Profile } from '../profile.js';

export const grafana: Profile = {
  summary: 'one URL for all tenants: a header says which',
  facts: ['the tenant is chosen by X-Grafana-URL [C can1357/oh-my-pi#11666]'],
  quirks: {
    requiredHeader: { name: 'X-Grafana-URL', value: 'https://stack.sandbox.test' },
  },
};
