/** True for names and addresses that cannot leave this machine. `hostname` as `URL.hostname` gives it. */
export function isLoopbackHost(hostname: string): boolean {
  // The parser turns every spelling of an IPv4 address (127.1, 0x7f.1) into four decimal numbers.
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
