import type { Address } from '../ports/network.ts';

/** `10.0.0.1:3260`, `[::1]:3260`; an IPv4 address mapped to IPv6 as IPv4. Source: RFC 7143 13.8. */
export function addressText({ host, port }: Address): string {
  const plain = host.replace(/^::ffff:(?=\d+\.)/, '');
  return `${plain.includes(':') ? `[${plain}]` : plain}:${port}`;
}
