/**
 * The evidence that was pushed beside an artifact: what refers to it (OCI distribution specification 1.1, "Listing
 * Referrers"; by the tag of its digest where a registry has no such list). Anybody who may push there can add some: none of it
 * is believed for being there.
 */
import type { OciPlace } from '../../formats/own/oci-place.ts';
import { ociRepository } from '../../formats/own/oci-place.ts';
import { parsePushedEvidence, pushedTypes, type PushedFile } from '../../formats/own/pushed-manifest.ts';
import { repositoryUrl } from '../../formats/upstream/image-reference.ts';
import { parseOciDocument } from '../../formats/upstream/oci-manifest.ts';
import { digestAlgorithm } from '../../model/digest.ts';
import { isNotThere, TransportError, VerificationError } from '../../model/errors.ts';
import type { FileStore } from '../../model/ports.ts';
import type { RegistryClient } from '../../sources/registry-client.ts';
import { digestOf, StreamCheck, verifyFound } from '../../verify/digest.ts';
import { documentName } from '../shared/kept-documents.ts';
import type { Artifact, Pulled } from './pull.ts';

/** A registry that is full of them is not read through. */
const maxReferrers = 16;
/** Of a package index, by far. */
const maxDocumentBytes = 128 << 20;

/** A blob has one byte at least: what is empty is not pushed, and is what its name says. */
const emptyDocument = documentName(digestOf('sha256', new Uint8Array()));

/** Files of the evidence by their paths beside the manifest. */
export type EvidenceFiles = ReadonlyMap<string, PushedFile>;

/** In the order of the registry. Throws TransportError, and VerificationError where there is none. */
export async function findEvidence(
  artifact: Artifact,
  place: OciPlace,
  client: RegistryClient,
): Promise<readonly EvidenceFiles[]> {
  const bytes = await referrersOf(artifact, place, client);
  const document = bytes && parseOciDocument(bytes, `the list of what refers to ${artifact.name}`);
  const listed = document?.kind === 'index' ? document.index.manifests : [];
  const ours = listed.filter(
    ({ artifactType = pushedTypes.evidence }) => artifactType === pushedTypes.evidence,
  );
  const found: EvidenceFiles[] = [];
  let fault: VerificationError | undefined;
  for (const { digest, size: sizeBytes } of ours.slice(0, maxReferrers)) {
    try {
      found.push(await readEvidence({ digest, sizeBytes }, artifact, place, client));
    } catch (error) {
      fault ??= asFault(error);
    }
  }
  if (found.length > 0) return found;
  throw (
    fault ??
    new VerificationError('EVIDENCE_MISSING', `${artifact.name} has no evidence beside it`, {
      hint: 'Push it with its evidence. Or name it by its digest, where that is known: @sha256:…',
      context: { artifact: artifact.name },
    })
  );
}

/** What is listed and not there is what others added, too. Throws what is no verdict on the evidence. */
export function asFault(error: unknown): VerificationError {
  if (error instanceof VerificationError) return error;
  if (!isNotThere(error)) throw error;
  return new VerificationError('EVIDENCE_MISSING', error.message, {
    hint: 'It is named by what was pushed as evidence, and not there: push it again.',
    cause: error,
  });
}

async function referrersOf(
  { digest }: Artifact,
  place: OciPlace,
  client: RegistryClient,
): Promise<Uint8Array | undefined> {
  const base = repositoryUrl(place);
  for (const url of [`${base}/referrers/${digest}`, `${base}/manifests/${digest.replace(':', '-')}`]) {
    try {
      return await client.tagged(url);
    } catch (error) {
      if (!(error instanceof TransportError && error.code === 'NOT_FOUND')) throw error;
    }
  }
  return undefined;
}

async function readEvidence(
  expected: Omit<PushedFile, 'title'>,
  artifact: Artifact,
  place: OciPlace,
  client: RegistryClient,
): Promise<EvidenceFiles> {
  const { digest, sizeBytes } = expected;
  const url = `${repositoryUrl(place)}/manifests/${digest}`;
  const bytes = await client.named(url, 'manifest', sizeBytes);
  verifyFound({ sizeBytes: bytes.length, digest: digestOf(digestAlgorithm(digest), bytes) }, expected, url);
  const { subject, files } = parsePushedEvidence(bytes, `${ociRepository(place)}@${digest}`);
  if (subject.digest !== artifact.digest) {
    throw new VerificationError(
      'SUBJECT_MISMATCH',
      `${url} is about ${subject.digest}, expected ${artifact.digest}`,
      {
        context: { expected: artifact.digest, found: subject.digest },
      },
    );
  }
  return new Map(files.map((file) => [file.title, file]));
}

/**
 * A manifest and evidence as files of a directory that is called as the artifact is. What is asked for is fetched then, and
 * held against its descriptor. Documents that were too large to be pushed are looked for in `store`, a directory of the user's.
 */
export function pulledFiles(
  { fileName, bytes, artifact, place, client }: Pulled,
  evidence: EvidenceFiles,
  local: { readonly files: FileStore; readonly store: string | undefined },
): FileStore & { readonly manifestFile: string; readonly documents: string } {
  const directory = `${artifact.name}/`;
  const documents = 'evidence/documents';
  return {
    manifestFile: `${directory}${fileName}`,
    documents: `${directory}${documents}`,
    async read(path) {
      if (!path.startsWith(directory)) return local.files.read(path);
      const title = path.slice(directory.length);
      if (title === fileName) return bytes;
      if (title === `${documents}/${emptyDocument}`) return new Uint8Array();
      const file = evidence.get(title);
      if (file !== undefined) return readDocument(file, place, client);
      if (local.store === undefined || !title.startsWith(`${documents}/`)) return undefined;
      return local.files.read(`${local.store}/${title.slice(documents.length + 1)}`);
    },
    replaceAll: (files) => local.files.replaceAll(files),
  };
}

async function readDocument(
  { title, digest, sizeBytes }: PushedFile,
  place: OciPlace,
  client: RegistryClient,
): Promise<Uint8Array> {
  const url = `${repositoryUrl(place)}/blobs/${digest}`;
  if (sizeBytes > maxDocumentBytes) {
    throw new VerificationError('LIMIT_EXCEEDED', `${title} at ${url} would have ${sizeBytes} bytes`);
  }
  const check = new StreamCheck({ digest, sizeBytes }, url);
  let bytes = new Uint8Array(sizeBytes);
  let offset = 0;
  await client.download(
    { url, sizeBytes },
    {
      write(pieces) {
        for (const piece of pieces) {
          check.update(piece);
          bytes.set(piece, offset);
          offset += piece.length;
        }
        return Promise.resolve();
      },
      restart() {
        check.restart();
        [bytes, offset] = [new Uint8Array(sizeBytes), 0];
        return Promise.resolve();
      },
    },
  );
  check.finish();
  return bytes;
}
