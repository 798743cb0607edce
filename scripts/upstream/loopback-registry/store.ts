/** What the loopback registry holds. */

export interface StoredManifest {
  readonly bytes: Buffer;
  readonly type: string;
}

export interface StoredRepository {
  readonly blobs: Set<string>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
}

export interface RegistryStore {
  /** `127.0.0.1:12345`. */
  readonly host: string;
  readonly blobs: Map<string, Buffer>;
  readonly repositories: Map<string, StoredRepository>;
  /** How many bytes of a PATCH or PUT are taken before the connection is cut: for the next one of them. */
  cutAfterBytes?: number | undefined;
  /** `isMade`: it stays, where it was not there. */
  repository(name: string, isMade: boolean): StoredRepository;
}
