/**
 * The equivalent commands of a chain, in the order in which a person runs them, from an empty directory: each is given
 * files that lie there, and what puts them there comes before it.
 */
import type { EvidenceEntry } from '../../formats/own/evidence.ts';
import type { Command, ProofChain } from '../../formats/own/proof-chain.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import type { HandFiles, Link } from '../../verify/trail.ts';
import { documentName } from '../shared/kept-documents.ts';
import type { ChainNodes } from './chain-nodes.ts';

interface HandInput {
  readonly evidence: EvidenceEntry;
  readonly anchors: Trust['anchors'];
  readonly documentsDir: string;
}

export function handCommands(
  links: readonly { readonly link: Link; readonly to: string }[],
  input: HandInput,
  nodes: ChainNodes,
): ProofChain['byHand'] {
  const made = new Map<string, string>();
  return links.flatMap(({ link, to }) => {
    if (link.byHand === undefined) return [];
    const before: Command[] = [];
    try {
      const commands = link.byHand(handFiles(input, nodes, made, before));
      return [{ of: to, commands: [...before, ...commands] }];
    } catch (error) {
      // Of a document that is not what it has to be, its form is not known.
      if (!(error instanceof VerificationError)) throw error;
      return [];
    }
  });
}

/** `made`: the name of each file that is there already, by what it is. */
function handFiles(
  { evidence, anchors, documentsDir }: HandInput,
  nodes: ChainNodes,
  made: Map<string, string>,
  before: Command[],
): HandFiles {
  const put = (key: string, wanted: string, command: (name: string) => Command): string => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const name = freeName(wanted, new Set(made.values()));
    made.set(key, name);
    before.push(command(name));
    return name;
  };
  const kept = (digest: Digest) => (name: string) => ({
    argv: ['cp', `${documentsDir}/${documentName(digest)}`, name],
  });
  const written = (text: readonly string[]) => (name: string) => ({
    argv: ['printf', '%s', text.join('\n')],
    stdout: name,
  });
  const fetched = (url: string) => (name: string) => ({ argv: ['curl', '-fsSL', '-o', name, url] });
  return {
    document(named) {
      const { id, url, digest, kept: isKept } = nodes.documentOf(named);
      const text = evidence.documents.find((one) => one.digest === digest)?.text;
      const isThere = isKept && digest !== undefined;
      const command = text ? written(text) : isThere ? kept(digest) : fetched(url);
      return put(id, named.name ?? lastSegment(url), command);
    },
    anchor(name) {
      const file = anchors.get(name)?.pin.file ?? name;
      const digest = evidence.anchors.find((one) => one.name === name)?.digest;
      const path = anchors.get(name)?.file(file).path ?? file;
      return put(
        `anchor ${name}`,
        file,
        digest === undefined ? (own) => ({ argv: ['cp', path, own] }) : kept(digest),
      );
    },
    artifact: () => put('artifact', lastSegment(evidence.url), fetched(evidence.url)),
    make: (name, command) => put(`made ${name}`, name, command),
  };
}

/** Of a URL: what every shell and program takes for a plain file name. */
function lastSegment(url: string): string {
  const segment = url.slice(url.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9.+~_-]/g, '_');
  return /^[A-Za-z0-9_]/.test(segment) ? segment : `file${segment}`;
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const next = (count: number): string => {
    const name = `${String(count)}-${wanted}`;
    return taken.has(name) ? next(count + 1) : name;
  };
  return next(2);
}
