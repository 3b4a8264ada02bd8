import { fetchClientDocument, isClientDocument, type ClientDocumentQuirks } from './client-document.js';
import type { Client } from './grant.js';

/** The clients that an authorization server knows, however it came to know them. */
export interface ClientRegistry {
  /** Takes in a client that has just registered. */
  add(client: Client): void;
  /** Looks a client up for an authorization request; a document is fetched anew. */
  introduce(id: string): Promise<Client | undefined>;
  /** Looks a client up that wants tokens. */
  recall(id: string): Promise<Client | undefined>;
  /** Forgets all but those that were there from the start. */
  forget(): void;
}

/** A registry that begins with the static clients. */
export function createClientRegistry(
  { clientDocuments }: ClientDocumentQuirks,
  staticClients: readonly Client[],
): ClientRegistry {
  const registered = new Map<string, Client>();
  const fromStart = new Map(staticClients.map((client) => [client.id, client]));
  const introduce = async (id: string): Promise<Client | undefined> => {
    if (clientDocuments === 'off' || !isClientDocument(id)) return registered.get(id) ?? fromStart.get(id);
    const client = await fetchClientDocument(id);
    if (client !== undefined && clientDocuments === 'on') registered.set(id, client);
    return client;
  };
  return {
    add: (client) => {
      registered.set(client.id, client);
    },
    introduce,
    recall: async (id) => {
      const known = registered.get(id) ?? fromStart.get(id);
      return known === undefined && clientDocuments === 'on' ? introduce(id) : known;
    },
    forget: () => registered.clear(),
  };
}
