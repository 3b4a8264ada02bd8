import { McpassError } from '@mcpass/auth';
import type { PoolClient } from 'pg';

/** In order; one that was published never changes. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE mcpass.data_key (
    tenant text NOT NULL,
    id integer NOT NULL,
    wrapped_by text NOT NULL,
    wrapped bytea NOT NULL,
    PRIMARY KEY (tenant, id)
  );
  CREATE TABLE mcpass.record (
    tenant text NOT NULL,
    name text NOT NULL,
    generation bigint NOT NULL,
    data_key integer NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (tenant, name),
    FOREIGN KEY (tenant, data_key) REFERENCES mcpass.data_key (tenant, id)
  );
  CREATE INDEX record_due ON mcpass.record (tenant, expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE mcpass.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    tenant text NOT NULL,
    who text NOT NULL,
    server text NOT NULL,
    account text NOT NULL,
    event text NOT NULL,
    outcome text NOT NULL
  );
  CREATE INDEX audit_by_time ON mcpass.audit (tenant, at);
  ALTER TABLE mcpass.data_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  ALTER TABLE mcpass.record ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  ALTER TABLE mcpass.audit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant ON mcpass.data_key USING (tenant = current_setting('mcpass.tenant', true));
  CREATE POLICY tenant ON mcpass.record USING (tenant = current_setting('mcpass.tenant', true));
  CREATE POLICY tenant ON mcpass.audit USING (tenant = current_setting('mcpass.tenant', true));
  `,
  `
  CREATE TABLE mcpass.lease (
    tenant text NOT NULL,
    name text NOT NULL,
    owner text NOT NULL,
    generation bigint NOT NULL,
    beat bigint NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (tenant, name)
  );
  ALTER TABLE mcpass.lease ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant ON mcpass.lease USING (tenant = current_setting('mcpass.tenant', true));
  ALTER TABLE mcpass.record ADD COLUMN account text;
  CREATE INDEX record_by_account ON mcpass.record (tenant, account);
  `,
];

export const SCHEMA_VERSION: number = MIGRATIONS.length;

/** Any number that nobody else takes for a lock of a migration. */
const MIGRATION_LOCK = 7_260_423_011;

/** Creates or migrates the schema, inside a transaction of the caller's. As often and as many at once as one likes. */
export async function migrate(client: PoolClient): Promise<number> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  await client.query('CREATE SCHEMA IF NOT EXISTS mcpass');
  await client.query('CREATE TABLE IF NOT EXISTS mcpass.schema_version (version integer NOT NULL)');
  const version = await schemaVersion(client);
  if (version > SCHEMA_VERSION) throw wrongSchema(version);
  for (const migration of MIGRATIONS.slice(version)) await client.query(migration);
  await client.query('DELETE FROM mcpass.schema_version');
  await client.query('INSERT INTO mcpass.schema_version VALUES ($1)', [SCHEMA_VERSION]);
  return SCHEMA_VERSION;
}

/** Throws `store_unreadable` for a schema that is not the one of this mcpass: it is never guessed at. */
export async function checkSchema(client: PoolClient): Promise<void> {
  const version = await schemaVersion(client);
  if (version !== SCHEMA_VERSION) throw wrongSchema(version);
}

async function schemaVersion(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ version: number }>('SELECT version FROM mcpass.schema_version');
  return rows[0]?.version ?? 0;
}

function wrongSchema(version: number): McpassError {
  const newer = version > SCHEMA_VERSION;
  return new McpassError(
    'store_unreadable',
    `The schema of the database has the version ${version}, and this mcpass knows ${SCHEMA_VERSION}.`,
    {
      step: 'store',
      fault: 'yours',
      remedy: { do: 'say', text: newer ? 'update mcpass' : 'run: mcpass store init' },
      facts: { version },
    },
  );
}
