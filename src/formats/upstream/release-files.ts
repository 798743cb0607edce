/** What the names of a release's files say: for which platform each is, of what form, and what is evidence of others. */
import type { Architecture, ArtifactType } from '../../model/artifact.ts';

const types: readonly (readonly [RegExp, ArtifactType])[] = [
  [/\.(?:tar\.gz|tgz)$/i, 'tar.gz'],
  [/\.(?:tar\.xz|txz)$/i, 'tar.xz'],
  [/\.(?:tar\.zst|tzst)$/i, 'tar.zst'],
  [/\.(?:tar\.bz2|tbz2?)$/i, 'tar.bz2'],
  [/\.zip$/i, 'zip'],
  [/\.gz$/i, 'gz'],
  [/\.xz$/i, 'xz'],
  [/\.zst$/i, 'zst'],
  [/\.bz2$/i, 'bz2'],
];

/** The form that a name ends in; without any it is a program itself. */
export function typeOfName(name: string): ArtifactType {
  return types.find(([ending]) => ending.test(name))?.[1] ?? 'binary';
}

const evidence =
  /\.(?:sha\d+(?:sums?)?|md5(?:sums?)?|sig|asc|gpg|pem|crt|cert|sigstore|bundle|minisig|jsonl?|sbom|spdx|cdx|txt|pub|prov|ya?ml|md|sh|ps1|rb|patch|torrent|zsync)$|sums?$/i;
const packages =
  /\.(?:deb|rpm|apk|msi|exe|dmg|pkg|appimage|snap|flatpak|ova|vsix|whl|jar|nupkg|ipk|pkg\.tar\.\w+)$/i;
const elsewhere =
  /(?<![a-z])(?:windows|win(?:32|64)?|darwin|mac(?:os)?|osx|apple|freebsd|openbsd|netbsd|dragonfly|solaris|sunos|android|illumos|aix|plan9|ios|wasm|wasi)(?![a-z])/i;
const source = /(?<![a-z])(?:src|source|vendor|docs?|completions?|manpages?|debug|dbgsym)(?![a-z])/i;

const words: Readonly<Record<Architecture, RegExp>> = {
  amd64: /(?<![a-z0-9])(?:amd64|x86[_-]64|x64|64bit)(?![a-z0-9])/i,
  arm64: /(?<![a-z0-9])(?:arm64|aarch64)(?:v8)?(?![a-z0-9])/i,
};

/** The architecture that a name has a word of; undefined where it has none, or several. */
export function architectureIn(name: string): Architecture | undefined {
  const found = (Object.keys(words) as Architecture[]).filter((arch) => words[arch].test(name));
  return found.length === 1 ? found[0] : undefined;
}

/**
 * Those of a release's files that can be the program for Linux on that architecture, the likeliest first: archives
 * before bare files, short names before long ones. `tool` is the repository's own name.
 */
export function filesFitting(names: readonly string[], arch: Architecture, tool: string): readonly string[] {
  const files = names.filter(
    (name) => ![evidence, packages, elsewhere, source].some((one) => one.test(name)),
  );
  const named = files.filter((name) => architectureIn(name) === arch);
  const onLinux = named.filter((name) => /linux/i.test(name));
  const found = onLinux.length > 0 ? onLinux : named;
  // One for the architecture that most have is often called by the tool's name alone.
  const plain = arch === 'amd64' && found.length === 0 ? files.filter((name) => name === tool) : [];
  return [...found, ...plain].toSorted((a, b) => rank(a, tool) - rank(b, tool) || a.length - b.length);
}

function rank(name: string, tool: string): number {
  const form = types.findIndex(([, type]) => type === typeOfName(name));
  const isTool = name.toLowerCase().startsWith(tool.toLowerCase());
  return (isTool ? 0 : 100) + (form === 0 ? 0 : form === -1 ? 1 : form + 1);
}

/** The same file for another architecture, as the names have words for both. */
export function counterpart(name: string, arch: Architecture, others: readonly string[]): string | undefined {
  const shape = (one: string, of: Architecture) => one.replace(words[of], '\0');
  const other = arch === 'amd64' ? 'arm64' : 'amd64';
  return (
    others.find((one) => shape(one, other) === shape(name, arch)) ??
    others.find((one) => typeOfName(one) === typeOfName(name))
  );
}

/** Files that list digests of that asset: its own before those of all. MD5 and SHA-1 prove nothing, and are not named. */
export function checksumFilesFor(
  asset: string,
  arch: Architecture,
  names: readonly string[],
): readonly string[] {
  const own = ['.sha256', '.sha256sum', '.sha256.txt', '.sha512', '.sha512sum', '.sha512.txt'].map(
    (ending) => asset + ending,
  );
  const shared = names.filter(
    (name) =>
      /(?<![a-z])(?:sha256(?:sums?)?|sha512(?:sums?)?|sha-?sums?(?:256|512)?|check-?sums?)(?![a-z0-9])/i.test(
        name,
      ) &&
      /(?:sums?|sums?-bsd|sha256|sha512|\.txt|\.sha\d+)$/i.test(name) &&
      // The same in BSD's form, which says of each digest what it is.
      !names.includes(`${name}-bsd`) &&
      !/md5|sha1(?!\d)/i.test(name) &&
      [undefined, arch].includes(architectureIn(name)) &&
      !names.some((other) => other !== name && name.startsWith(`${other}.`)),
  );
  return [...own.filter((name) => names.includes(name)), ...shared.toSorted((a, b) => a.length - b.length)];
}
