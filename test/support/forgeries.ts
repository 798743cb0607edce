/** What claims to be something that only a verifier makes, by every way there is to come by its fields. */
export function forgeries<T extends object>(genuine: T): [string, T][] {
  const bare = Object.create(Object.getPrototypeOf(genuine) as object) as T;
  const forged: [string, unknown][] = [
    ['an object of the right shape, cast', Object.fromEntries(Object.entries(genuine))],
    ['a copy', { ...genuine }],
    ['an object of its class', Object.assign(bare, genuine)],
    ['a descendant', Object.create(genuine)],
    ['a stand-in', new Proxy(genuine, {})],
    ['something empty', {}],
  ];
  try {
    forged.push(['a clone', structuredClone(genuine)]);
  } catch (error) {
    // What holds keys of OpenSSL cannot be cloned at all.
    if (!(error instanceof DOMException)) throw error;
  }
  return forged as [string, T][];
}
