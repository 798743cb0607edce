/** cosign's commands in aqua's rules, as verifications of the catalogue. */
import type { AquaCosign, AquaRule } from '../../formats/upstream/aqua/registry.ts';
import { Unsupported, type Tagged } from '../shared/release-names.ts';
import { fill } from './aqua-names.ts';
import {
  actions,
  besideAt,
  fileBeside,
  github,
  rekor,
  repositoryOf,
  tagRef,
  type Proof,
  type Released,
} from './aqua-released.ts';

interface CosignFlags {
  readonly identity?: string;
  readonly pattern?: string;
  readonly issuer?: string;
  readonly files: ReadonlyMap<string, string>;
  readonly isUnlogged: boolean;
}

function flagsOf({ opts }: AquaCosign, released: Released): CosignFlags {
  const words = (opts ?? []).flatMap((one) =>
    one.startsWith('--') && one.includes('=') ? one.split(/=(.*)/s).slice(0, 2) : [one],
  );
  const files = new Map<string, string>();
  const said: Record<string, string> = {};
  for (const [index, word] of words.entries()) {
    if (!word.startsWith('--')) continue;
    const value = words[index + 1] ?? '';
    if (['--signature', '--certificate', '--key', '--bundle'].includes(word)) files.set(word.slice(2), value);
    else said[word.slice(2)] = value;
  }
  const {
    'certificate-identity': exact,
    'certificate-identity-regexp': pattern,
    'certificate-oidc-issuer': issuer,
    ...others
  } = said;
  // What is wanted of the certificate besides would be lost without a word.
  const [other] = Object.keys(others).filter((name) => name.startsWith('certificate-'));
  if (other !== undefined) throw new Unsupported(`what --${other} wants cannot be said`);
  return {
    ...(exact === undefined ? {} : { identity: fill(exact, released) }),
    ...(pattern === undefined ? {} : { pattern: fill(pattern, released) }),
    ...(issuer === undefined ? {} : { issuer }),
    files,
    isUnlogged: 'insecure-ignore-tlog' in others,
  };
}

/** `checksums`: the file that is signed, with marks; the asset itself otherwise. */
export function signedByCosign(cosign: AquaCosign, released: Released, checksums: string | undefined): Proof {
  const flags = flagsOf(cosign, released);
  const signed = { ...released, asset: checksums ?? released.asset };
  const file = (role: 'signature' | 'certificate' | 'key' | 'bundle') => {
    const [given, url] = [cosign[role], flags.files.get(role)];
    if (given) return fileBeside(given, signed, `the ${role}`);
    return url === undefined ? undefined : besideAt(fill(url, signed), released, `the ${role}`);
  };
  const over = checksums === undefined ? {} : { checksums };
  if (cosign.key ?? flags.files.has('key')) {
    const [signature, bundle] = [file('signature'), file('bundle')];
    const proof = bundle === undefined ? { signature } : { bundle };
    if (Object.values(proof).includes(undefined)) throw new Unsupported('no signature is named');
    const source = cosign.key?.url ?? flags.files.get('key');
    return {
      strength: 'signed',
      verification: {
        method: bundle === undefined ? 'cosign-key' : 'cosign-key-bundle',
        ...{ ...over, ...proof, cosignKey: true },
        ...(flags.isUnlogged || bundle !== undefined ? {} : { rekor }),
      },
      anchor: { type: 'cosign-key', source: source && fill(source, released) },
    };
  }
  const who = identityOf(flags, released);
  const bundle = file('bundle');
  if (bundle !== undefined) {
    const method = checksums === undefined ? 'sigstore-bundle' : 'sigstore-checksums';
    return { strength: 'signed', verification: { method, ...over, bundle, ...who } };
  }
  const [signature, certificate] = [file('signature'), file('certificate')];
  if (signature === undefined || certificate === undefined) throw new Unsupported('no signature is named');
  return {
    strength: 'signed',
    verification: { method: 'cosign-blob', ...over, signature, certificate, rekor, ...who },
  };
}

/** Identities are compared exactly: of a pattern only what is one identity, or one workflow at any ref. */
function identityOf({ identity, pattern, issuer = actions }: CosignFlags, { rule, tagged }: Released) {
  if (identity !== undefined) {
    const isOthers = identity.startsWith(`${github}/`) && !identity.startsWith(`${repositoryOf(rule)}/`);
    return { identity, issuer, ...(isOthers ? { sourceRepository: repositoryOf(rule) } : {}) };
  }
  if (pattern === undefined) throw new Unsupported('no identity is named');
  const plain = pattern
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replaceAll(/\\Q(.*?)\\E/g, '$1')
    .replaceAll('\\.', '.');
  const repository = repositoryOf(rule);
  const [, workflow = '', ref = ''] = /^([^@]*)@(.*)$/.exec(plain) ?? [];
  const isTagged = /^(?:\.[*+]|refs\/tags\/.*|refs\/\(tags\/[^)]*\))$/.test(ref);
  // Whatever workflow of the repository, or of its owner: of ours, and for the tag.
  const isAny = workflow === `${repository}/.github/workflows/.+.ya?ml` && isTagged;
  if (isAny || (workflow === '' && `${repository}/`.startsWith(plain))) {
    return { identity: repository, issuer, ...sourceOf(rule, tagged) };
  }
  if (!isTagged || /[*+?()[\]|^$\\]/.test(workflow) || !/\.ya?ml$/.test(workflow)) {
    throw new Unsupported(`whose signature it is, is a pattern: ${pattern}`);
  }
  if (workflow.startsWith(`${repository}/`) && ref.startsWith('refs/')) {
    return { identity: `${workflow}@${tagRef(tagged)}`, issuer };
  }
  return { identity: workflow, issuer, ...sourceOf(rule, tagged) };
}

function sourceOf(rule: AquaRule, tagged: Tagged) {
  return { sourceRepository: repositoryOf(rule), sourceRef: tagRef(tagged) };
}
