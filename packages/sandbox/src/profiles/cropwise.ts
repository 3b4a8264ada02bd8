import type { Profile } from '../profile.js';

export const cropwise: Profile = {
  summary: 'registration is for approved clients: 403 unapproved_client',
  facts: ['403 with the error unapproved_client; secret methods only [C can1357/oh-my-pi#5852]'],
  quirks: {
    faults: {
      register: { status: 403, type: 'application/json', body: '{"error":"unapproved_client"}' },
    },
  },
};
