/** A proxy in user-data. */
import { shellQuote } from './shell-quote.ts';
import type { UserDataValues } from './user-data-schema.ts';

/** For curl, and for the scripts of vmconfig. */
export function proxyLines({ proxy }: UserDataValues): readonly string[] {
  if (proxy === undefined) return ["has_proxy=''"];
  const variables = Object.entries(proxyVariables(proxy)).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  return [
    'has_proxy=yes',
    ...variables.map(([name, value]) => `${name}=${shellQuote(value)}`),
    `export ${variables.map(([name]) => name).join(' ')}`,
  ];
}

export function proxyVariables({
  http,
  https,
  noProxy,
}: NonNullable<UserDataValues['proxy']>): Readonly<Record<string, string>> {
  return {
    ...(http === undefined ? {} : { HTTP_PROXY: http }),
    ...(https === undefined ? {} : { HTTPS_PROXY: https }),
    ...(noProxy === undefined ? {} : { NO_PROXY: noProxy.join(',') }),
  };
}
