/**
 * Rekor's HTTP API (v1, `openapi.yaml` of sigstore/rekor), as far as verifiers use it: the search for an entry
 * by what it must say. An entry that is not logged is an empty list; one whose signature does not verify is a
 * 400, as from the real Rekor.
 */
import { p256 } from '@noble/curves/nist.js';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import type { Behaviour } from '../behaviours.ts';
import { envelopeBody, keyedBlobBody, publishedEnvelopeBody } from './log-bodies.ts';
import { hashLeaf } from './merkle-tree.ts';
import { apiEntry } from './renderings.ts';
import { preAuthenticationEncoding } from './signing.ts';
import type { LogEntry, TransparencyLog } from './transparency-log.ts';

export const retrievePath = 'rekor.sigstore.dev/api/v1/log/entries/retrieve';

/** What a Rekor under attack answers in place of what it found. */
export type Tamper = (entries: readonly LogEntry[]) => readonly LogEntry[];

export function rekorRoutes(log: TransparencyLog): Map<string, Behaviour> {
  return new Map([
    [retrievePath, retrieveEntries(log)],
    [
      'rekor.sigstore.dev/api/v1/log/publicKey',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-pem-file' }).end(log.publicKeyPem);
      },
    ],
  ]);
}

/** `POST /api/v1/log/entries/retrieve`; of several shards, all that they know of an entry, in the order of the shards. */
export function retrieveEntries(
  shards: TransparencyLog | readonly TransparencyLog[],
  tamper: Tamper = (entries) => entries,
): Behaviour {
  return (request, response) => {
    answer(request, response, [shards].flat(), tamper).catch(() => response.destroy());
  };
}

const proposedBlob = z.object({
  kind: z.literal('hashedrekord'),
  spec: z.object({
    data: z.object({ hash: z.object({ algorithm: z.literal('sha256'), value: z.hex().length(64) }) }),
    signature: z.object({ content: z.base64(), publicKey: z.object({ content: z.base64() }) }),
  }),
});

const proposedEnvelope = z.object({
  kind: z.literal('dsse'),
  spec: z.object({
    proposedContent: z.object({ envelope: z.string(), verifiers: z.array(z.base64()).length(1) }),
  }),
});

const proposedStatement = z.object({
  kind: z.literal('intoto'),
  spec: z.object({ content: z.object({ envelope: z.string() }), publicKey: z.base64() }),
});

const envelopeSchema = z.object({
  payloadType: z.string(),
  payload: z.base64(),
  signatures: z.array(z.object({ sig: z.base64() })).length(1),
});

const query = z.object({
  entries: z.array(z.discriminatedUnion('kind', [proposedBlob, proposedEnvelope, proposedStatement])).max(10),
});

type ProposedEntry = z.infer<typeof query>['entries'][number];

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  shards: readonly TransparencyLog[],
  tamper: Tamper,
): Promise<void> {
  const asked = query.safeParse(await json(request).catch(() => undefined));
  if (request.method !== 'POST') sendJson(response, 405, { code: 405, message: 'method not allowed' });
  else if (!asked.success) sendJson(response, 400, { code: 400, message: 'not a query that this log knows' });
  else {
    const wanted = asked.data.entries.map(proposedLeaves);
    if (wanted.includes(undefined)) {
      sendJson(response, 400, { code: 400, message: 'verifying signature: invalid signature' });
      return;
    }
    const leaves = wanted.flatMap((some) => some ?? []);
    const found = leaves.flatMap((leaf) => shards.flatMap((shard) => shard.find(hashLeaf(leaf))));
    sendJson(
      response,
      200,
      tamper(found).map((entry) => apiEntry(entry)),
    );
  }
}

/** The leaves that the log would have of it; undefined where its signature or certificate is no good. */
function proposedLeaves(proposed: ProposedEntry): readonly Buffer[] | undefined {
  try {
    if (proposed.kind === 'hashedrekord') return [blobLeaf(proposed)];
    const { kind, spec } = proposed;
    return kind === 'dsse'
      ? envelopeLeaves(kind, spec.proposedContent.envelope, spec.proposedContent.verifiers[0] ?? '')
      : envelopeLeaves(kind, spec.content.envelope, spec.publicKey);
  } catch {
    return undefined;
  }
}

/** As it was sent; and as this log has what bundles hold. */
function envelopeLeaves(kind: 'dsse' | 'intoto', text: string, verifier: string): readonly Buffer[] {
  const { payloadType, payload, signatures } = envelopeSchema.parse(JSON.parse(text));
  const envelope = {
    payloadType,
    payload: Buffer.from(payload, 'base64'),
    signature: Buffer.from(signatures[0]?.sig ?? '', 'base64'),
  };
  const { raw, publicKey } = readCertificate(verifier);
  if (
    !verify('sha256', preAuthenticationEncoding(payloadType, envelope.payload), publicKey, envelope.signature)
  ) {
    throw new Error('invalid signature');
  }
  const published = publishedEnvelopeBody(text, kind, envelope, raw).bytes;
  return kind === 'dsse' ? [published, envelopeBody(envelope, raw).bytes] : [published];
}

function blobLeaf({ spec }: z.infer<typeof proposedBlob>): Buffer {
  const sha256 = Buffer.from(spec.data.hash.value, 'hex');
  const signature = Buffer.from(spec.signature.content, 'base64');
  const pem = Buffer.from(spec.signature.publicKey.content, 'base64').toString();
  // Of a certificate, too, this is the key.
  const { x = '', y = '' } = createPublicKey(pem).export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const isGenuine = p256.verify(signature, sha256, point, { prehash: false, format: 'der', lowS: false });
  if (!isGenuine) throw new Error('invalid signature');
  return keyedBlobBody({ sha256, signature, pem }).bytes;
}

/** From base64 of its PEM form. */
function readCertificate(base64: string): X509Certificate {
  return new X509Certificate(Buffer.from(base64, 'base64'));
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  // Without a length: chunked.
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
