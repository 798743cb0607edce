/** What a user has for registries of container images, as docker, podman and skopeo keep it. */

/** Secrets: never shown, kept, or given to a program as an argument. */
export type RegistrySecret =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** A refresh token of OAuth 2.0: registries give out access tokens for it. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** What the registry itself is shown. */
  | { readonly kind: 'registry-token'; readonly token: string };

export interface RegistryCredential {
  readonly secret: RegistrySecret;
  /** For messages: the file and the key in it, or the program that was asked. */
  readonly from: string;
}

export interface RegistryCredentials {
  /** Reads the user's files, asks no program. Throws UsageError `CREDENTIALS_INVALID` or `FILE_UNREADABLE`. */
  check(): Promise<void>;
  /**
   * For a repository as references name it, `docker.io` among the registries: undefined where the user has nothing for
   * it. Throws as `check` does, also where a program of the user's cannot say.
   */
  find(place: {
    readonly registry: string;
    readonly repository: string;
  }): Promise<RegistryCredential | undefined>;
}
