/** Portals of this host's TCP, by either version of IP. */
import { afterEach, expect, it } from 'vitest';
import { discover } from '../../src/initiator/connect.ts';
import { SystemClock } from '../../src/io/clock.ts';
import { TcpNetwork } from '../../src/io/network.ts';
import { SystemRandom } from '../../src/io/random.ts';
import type { Address } from '../../src/ports/network.ts';
import { Portal } from '../../src/target/portal.ts';
import { requiresIpv6 } from '../support/requires.ts';

const ipv6 = requiresIpv6();
const TARGET = 'iqn.2020-01.test:target';
const ports = { network: new TcpNetwork(), clock: new SystemClock(), random: new SystemRandom() };
const open: Portal[] = [];
afterEach(async () => {
  for (const portal of open.splice(0)) await portal.close(0);
});

async function portsOf(...hosts: readonly string[]): Promise<readonly Address[]> {
  const portal = await Portal.open(ports, {
    targetName: TARGET, addresses: hosts.map((host) => ({ host, port: 0 })),
  }, { reachable: () => new Map() }, (error) => { throw error; });
  open.push(portal);
  return portal.addresses;
}

const told = async (address: string): Promise<readonly string[]> =>
  (await discover(ports, `iscsi://${address}`)).flatMap(({ addresses }) => addresses);

it.skipIf(ipv6.isMissing)(`a target tells the address that an initiator came by${ipv6.why}`,
  async () => {
    const [four, six] = await portsOf('127.0.0.1', '::1');
    expect(await told(`127.0.0.1:${four!.port}`)).toEqual([`127.0.0.1:${four!.port},1`]);
    expect(await told(`[::1]:${six!.port}`)).toEqual([`[::1]:${six!.port},1`]);
  });

it.skipIf(ipv6.isMissing)(`never the address of all, which is none${ipv6.why}`, async () => {
  const [any] = await portsOf('::');
  expect(await told(`127.0.0.1:${any!.port}`)).toEqual([`127.0.0.1:${any!.port},1`]);
  expect(await told(`[::1]:${any!.port}`)).toEqual([`[::1]:${any!.port},1`]);
});
