import type { Profile } from '../profile.js';
import { ENTRA } from './entra.js';

export const entraV1: Profile = {
  summary: 'Entra as before, with expires_in as a string',
  facts: ['expires_in is a string [C LibreChat-AI/librechat.ai#420]'],
  quirks: {
    ...ENTRA,
    issuerPath: '/11111111-2222-3333-4444-555555555555',
    tokenShapes: ['expires-in-string'],
  },
};
