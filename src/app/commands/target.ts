/** `serverfree target`: presents disks, tapes and changers over iSCSI until it is told to end. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { createMover, isRung } from '../../io/mover.ts';
import { reportRungs } from '../../io/rung-report.ts';
import { TcpNetwork } from '../../io/network.ts';
import { RUNGS } from '../../ports/mover.ts';
import type { CopyReport } from '../../copy/operations.ts';
import { Target } from '../../target/target.ts';
import type { TransportPort } from '../../copy/names/transport-map.ts';
import { type CopySettings, parseCopySettings } from '../../copy/settings.ts';
import { TRANSPORT_NAME_EXAMPLES } from '../../copy/names/transport-name.ts';
import { type TargetConfig, type UnitConfig, withDrives } from '../../target/target-config.ts';
import type { AccessRule } from '../../target/access.ts';
import { checkAccess, parseAccessSpec, readAccessRule } from '../access-specs.ts';
import { interruption, onHangUp, thisHost } from '../host.ts';
import { type Terminal, table } from '../terminal.ts';
import { checkTransports, parseTransportSpec } from '../transport-specs.ts';
import { parseChangerSpec, parseDiskSpec, parseTapeSpec, refuseTwins } from '../unit-specs.ts';
import { formatSize } from '../units.ts';
import { UsageError } from '../user-error.ts';
import { mutualSecretOf, parseAddress, secretOf } from '../addresses.ts';

/** What is given piece by piece. */
interface Parts {
  readonly units: UnitConfig[];
  readonly transports: TransportPort[];
  readonly access: AccessRule[];
  /** NAME=VALUE. */
  readonly copySettings: string[];
}

interface TargetOptions {
  readonly config?: string;
  readonly listen?: string;
  readonly iqn?: string;
  readonly rung?: string;
  readonly user?: string;
  readonly secretFile?: string;
  readonly mutualUser?: string;
  readonly mutualSecretFile?: string;
  readonly openDiscovery?: boolean;
  readonly json?: boolean;
}

export function addTarget(program: Command, terminal: Terminal): void {
  // Disks, tapes and changers share one list, for the order of the flags gives the LUNs.
  const parts: Parts = { units: [], transports: [], access: [], copySettings: [] };
  const add = (key: PartKey) => (text: string): void => addPart(parts, key, text);
  program.command('target')
    .description('present disks and tapes over iSCSI, and copy between them')
    .option('--disk <NAME=FILE[,size=4G][,block=512|512e|4096][,readonly][,removable]>',
      'a disk on an image file; may be given several times', add('disk'))
    .option('--tape <NAME=DIR[,capacity=100G][,generation=8]>',
      'a tape drive with a cartridge, which is made if it is not there; NAME= is an empty drive',
      add('tape'))
    .option('--changer <NAME=DIR[,drives=2][,slots=20][,ie=1][,cartridges=10][,capacity=100G]'
      + '[,generation=8]>',
      'a media changer and its drives, on a folder of cartridges, which is made, with blank ones, '
      + 'if it is not there; drives come behind it: NAME-drive0 and so on', add('changer'))
    .option('--transport <NAME[+NAME]..[=UNIT[@LUN],..]>',
      'a port on another transport that copies may name: all of the target, or some units; NAME '
      + `is such as ${TRANSPORT_NAME_EXAMPLES.slice(0, 4).join(', ')}`, add('transport'))
    .option('--copy <NAME=VALUE>', 'a limit of copies, or a reading of the standard where it is in '
      + 'doubt: cscdCountMax=16, padding=block', add('copy'))
    .option('--acl <IQN[=LUN:UNIT,..]>', 'an initiator that may log in, and the units that it '
      + 'reaches by which LUNs, or all of them; * is everybody else; without --acl everybody '
      + 'reaches all', add('acl'))
    .option('--listen <host:port[,host:port]..>', 'where to listen, by IPv4 or [IPv6]; port 0 '
      + 'takes a free one '
      + '(default: 127.0.0.1:3260)')
    .option('--iqn <iqn>', 'name of the target (default: made from this host\'s name)')
    .option('--rung <name>', `how to move bytes: ${RUNGS.join(', ')} (default: the best there is)`)
    .option('--user <name>', 'who may log in, with CHAP and the secret of --secret-file or of '
      + 'SERVERFREE_SECRET')
    .option('--secret-file <file>', 'file that holds the CHAP secret')
    .option('--mutual-user <name>', 'who the target proves to be to users who ask for it (mutual '
      + 'CHAP), with the secret of --mutual-secret-file or of SERVERFREE_MUTUAL_SECRET')
    .option('--mutual-secret-file <file>', 'file that holds the target\'s own CHAP secret')
    .option('--open-discovery', 'let everybody discover the target, without CHAP')
    .option('--config <file>', 'JSON with the flags\' values: {"disk": [..], "tape": [..], '
      + '"changer": [..], "transport": [..], "copy": [..], "acl": [{"initiator": "..", '
      + '"luns": {"0": "NAME"}}], "listen": "..", "iqn": "..", "rung": "..", '
      + '"user": "..", "secretFile": "..", "mutualUser": "..", "mutualSecretFile": "..", '
      + '"openDiscovery": true}')
    .option('--json', 'print events as JSON, one a line')
    .action((options: TargetOptions) => serve(terminal, parts, options));
}

/** Adds what a flag, or a key of the configuration, that may be repeated gives. */
const addPart = (
  { units, transports, access, copySettings }: Parts, key: PartKey, text: string): void => {
  if (key === 'disk') units.push(parseDiskSpec(text));
  else if (key === 'tape') units.push(parseTapeSpec(text));
  else if (key === 'changer') units.push(parseChangerSpec(text));
  else if (key === 'copy') copySettings.push(text);
  else if (key === 'acl') access.push(parseAccessSpec(text));
  else transports.push(parseTransportSpec(text));
};

const PART_KEYS = ['disk', 'tape', 'changer', 'transport', 'copy', 'acl'] as const;
type PartKey = (typeof PART_KEYS)[number];
const CONFIG_KEYS = [
  'listen', 'iqn', 'rung', 'user', 'secretFile', 'mutualUser', 'mutualSecretFile'] as const;

/** Flags of the command line come before those of the file. */
function withConfigFile(parts: Parts, options: TargetOptions): TargetOptions {
  if (options.config === undefined) return options;
  const wrong = (what: string): UsageError =>
    new UsageError(`Cannot use configuration ${options.config}: ${what}`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(options.config, 'utf8'));
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw wrong('it is not a JSON object');
  }
  const settings: Record<string, string | boolean> = {};
  for (const [key, value] of Object.entries(json)) {
    const part = PART_KEYS.find((one) => one === key);
    if (part === 'acl') {
      const rules: unknown[] = Array.isArray(value) ? value : [value];
      parts.access.push(...rules.map(readAccessRule));
    } else if (part !== undefined) {
      const texts: unknown[] = Array.isArray(value) ? value : [value];
      for (const text of texts) {
        if (typeof text !== 'string') throw wrong(`'${key}' is not a list of texts`);
        addPart(parts, part, text);
      }
    } else if (CONFIG_KEYS.some((one) => one === key) && typeof value === 'string') {
      settings[key] = value;
    } else if (key === 'openDiscovery' && typeof value === 'boolean') settings[key] = value;
    else {
      const keys = [...PART_KEYS, ...CONFIG_KEYS].join(', ');
      throw wrong(`'${key}' is not one of ${keys} with a text`);
    }
  }
  return { ...settings, ...options };
}

function configOf(
  { units, transports, access, copySettings }: Parts, options: TargetOptions): TargetConfig {
  if (units.length === 0) {
    throw new UsageError('Cannot start: no logical unit; give --disk NAME=FILE, --tape NAME=DIR '
      + 'or --changer NAME=DIR');
  }
  const all = withDrives(units);
  refuseTwins(all);
  checkTransports(transports, all);
  checkAccess(access, all);
  const addresses = (options.listen ?? '127.0.0.1:3260').split(',')
    .map((address) => parseAddress(address, '--listen'));
  return {
    targetName: options.iqn ?? defaultIqn(), addresses, units, access,
    transportNames: transports, copy: copySettingsOf(copySettings),
    ...authenticationOf(options),
  };
}

function authenticationOf(
  options: TargetOptions): Pick<TargetConfig, 'users' | 'ownCredentials' | 'openDiscovery'> {
  const { user, mutualUser, openDiscovery = false } = options;
  if (user === undefined) {
    if (mutualUser === undefined) return { users: [], openDiscovery };
    throw new UsageError('Cannot use --mutual-user: the target proves itself only to a --user');
  }
  const users = [{ user, secret: secretOf(options.secretFile, `--user ${user}`) }];
  if (mutualUser === undefined) return { users, openDiscovery };
  const secret = mutualSecretOf(options.mutualSecretFile, `--mutual-user ${mutualUser}`);
  return { users, openDiscovery, ownCredentials: { user: mutualUser, secret } };
}

function copySettingsOf(texts: readonly string[]): CopySettings {
  try {
    return parseCopySettings(texts);
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

const defaultIqn = (): string => {
  const host = hostname().toLowerCase().replaceAll(/[^a-z0-9.-]/g, '-');
  return `iqn.2026-11.org.serverfree:${host || 'host'}`;
};

async function serve(
  terminal: Terminal, parts: Parts, options: TargetOptions): Promise<void> {
  const merged = withConfigFile(parts, options);
  const config = configOf(parts, merged);
  const { rung } = merged;
  if (rung !== undefined && !isRung(rung)) {
    throw new UsageError(`Cannot use --rung ${rung}: it is not one of ${RUNGS.join(', ')}`);
  }
  const stop = interruption();
  const mover = createMover({ rung });
  const target = await Target.open({ ...thisHost(), network: new TcpNetwork(), mover }, config, {
    log: (text) => terminal.note(text),
    reportBug: (error, doing) => terminal.note(`internal error in ${doing}: ${stackOf(error)}`),
    copyEnded: (copy) => (options.json
      ? terminal.out(JSON.stringify(copyJson(copy))) : terminal.note(copyText(copy))),
  });
  const stopNoticing = onHangUp(() => target.noticeGrowth().catch((error: unknown) =>
    terminal.note(`the size of an image cannot be told: ${String(error)}`)));
  announce(terminal, target, options.json ?? false);
  if (!options.json) await tellRungs(terminal, parts.units);
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
  stopNoticing();
  await target.close();
  await mover.close();
}

const stackOf = (error: unknown): string =>
  (error instanceof Error ? error.stack ?? error.message : String(error));

function announce(terminal: Terminal, target: Target, asJson: boolean): void {
  const { host, port } = target.address;
  const portal = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const luns = target.luns.map(({ lun, config }) => ({
    lun, type: config.kind, name: config.name, path: config.path ?? null, ...filledBy(config) }));
  if (asJson) {
    terminal.out(JSON.stringify({ portal, iqn: target.name, luns }));
    return;
  }
  terminal.out(`Listening at ${portal} as ${target.name}`);
  for (const line of table(luns.map(({ lun, type, name, path, changer }) =>
    [`  iscsi://${portal}/${target.name}/${lun}`, type, name,
      path ?? (changer === undefined ? '(no cartridge)' : `(filled by ${changer})`)]))) {
    terminal.out(line);
  }
}

const filledBy = (config: UnitConfig): { readonly changer?: string } =>
  (config.kind === 'tape' && config.changer !== undefined ? { changer: config.changer } : {});

/** By which rungs copies may go, tried beside the first medium. */
async function tellRungs(terminal: Terminal, units: readonly UnitConfig[]): Promise<void> {
  const path = units.find((unit) => unit.path !== undefined)?.path;
  if (path === undefined) return;
  try {
    for (const { rung, isAvailable, reason } of await reportRungs(dirname(path))) {
      if (!isAvailable) terminal.note(`rung ${rung} is not to be had here: ${reason}`);
    }
  } catch (error) {
    terminal.note(`which rungs are to be had here cannot be tried: ${String(error)}`);
  }
}

const copyText = ({ status, segmentsProcessed, byRung }: CopyReport): string => {
  const moved = Object.entries(byRung).filter(([, bytes]) => bytes > 0)
    .map(([rung, bytes]) => `${rung} ${formatSize(bytes)}`).join(', ');
  return `copy ${status}: ${segmentsProcessed} segments, ${moved || 'no bytes moved'}`;
};

const copyJson = ({ unit, nexus, ...copy }: CopyReport): unknown =>
  ({ event: 'copy', unit: unit.name, initiator: nexus.initiatorName, ...copy });
