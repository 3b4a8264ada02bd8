import { createMemoryStore } from '@mcpass/auth';
import { storeContract } from '../contract/store.js';

storeContract('the memory store', () => Promise.resolve(createMemoryStore()));
