/**
 * From URLs to logical units:
 *
 *   url ─→ Initiators.open ─→ session of its portal, target and user ─→ IscsiUnit
 */
import { addressText } from '../iscsi/names.ts';
import type { Credentials } from '../iscsi/chap.ts';
import type { InitiatorRules } from '../iscsi/initiator-login.ts';
import type { Random } from '../ports/random.ts';
import type { Initiator } from './initiator.ts';
import { IscsiUnit } from './iscsi-unit.ts';
import { type InitiatorPorts, InitiatorSession } from './session.ts';
import { parseIscsiUrl, parsePortalUrl, type PortalUrl, type UnitUrl, unitUrlText } from './url.ts';

export interface ConnectOptions {
  /** The default names this program. */
  readonly initiatorName?: string;
  /** The secret of the URL's user, where it shall not stand in the URL. */
  readonly secret?: string;
  /** Who the target has to prove to be (mutual CHAP), where the URL does not say it. */
  readonly targetUser?: string;
  /** The secret of the target's user, where it shall not stand in the URL. */
  readonly targetSecret?: string;
  /** CRC32C over headers and data, if the target can. The default is false. */
  readonly digests?: boolean;
}

export const DEFAULT_INITIATOR_NAME = 'iqn.2024-01.io.github.serverfree:initiator';

/** Logical units of any targets; those of one target share a session. */
export class Initiators {
  readonly #ports: InitiatorPorts;
  readonly #options: ConnectOptions;
  readonly #sessions = new Map<string, SharedSession>();

  constructor(ports: InitiatorPorts, options: ConnectOptions = {}) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Logs in if need be. Throws: Error with what is wrong with the URL, connection or login. */
  async open(url: string): Promise<Initiator> {
    const parsed = parseIscsiUrl(url);
    const key = `${addressText(parsed.portal)}/${parsed.targetName}/${parsed.user ?? ''}`;
    const shared = this.#sessions.get(key) ?? this.#connect(parsed);
    this.#sessions.set(key, shared);
    shared.userCount += 1;
    const release = async (): Promise<void> => {
      shared.userCount -= 1;
      if (shared.userCount > 0) return;
      this.#forget(key, shared);
      await (await shared.session).close();
    };
    try {
      const session = await shared.session;
      if (!session.isUsable) {
        this.#forget(key, shared);
        return await this.open(url);
      }
      return new IscsiUnit(unitUrlText(parsed), session, parsed.lun, release);
    } catch (error) {
      this.#forget(key, shared);
      throw error;
    }
  }

  #forget(key: string, shared: SharedSession): void {
    if (this.#sessions.get(key) === shared) this.#sessions.delete(key);
  }

  #connect(url: UnitUrl): SharedSession {
    const session = InitiatorSession.connect(this.#ports, url.portal, {
      ...rulesFor(url, this.#options, this.#ports.random), sessionType: 'normal',
      targetName: url.targetName,
    });
    return { session, userCount: 0 };
  }
}

interface SharedSession {
  readonly session: Promise<InitiatorSession>;
  userCount: number;
}

/** One logical unit with a session of its own. */
export const connect = (
  ports: InitiatorPorts, url: string, options: ConnectOptions = {}): Promise<Initiator> =>
  new Initiators(ports, options).open(url);

/** A target as SendTargets tells it. */
export interface DiscoveredTarget {
  readonly name: string;
  /** `host:port,tag`. */
  readonly addresses: readonly string[];
}

/** The targets behind a portal, `iscsi://[user[%secret]@]host[:port]`. */
export async function discover(
  ports: InitiatorPorts, url: string, options: ConnectOptions = {}): Promise<DiscoveredTarget[]> {
  const parsed = parsePortalUrl(url);
  const session = await InitiatorSession.connect(ports, parsed.portal, {
    ...rulesFor(parsed, options, ports.random), sessionType: 'discovery' });
  try {
    const targets: { name: string; addresses: string[] }[] = [];
    for (const [key, value] of await session.sendTargets()) {
      if (key === 'TargetName') targets.push({ name: value, addresses: [] });
      else if (key === 'TargetAddress') targets.at(-1)?.addresses.push(value);
    }
    return targets;
  } finally {
    await session.close();
  }
}

function rulesFor(
  url: PortalUrl, options: ConnectOptions,
  random: Random): Omit<InitiatorRules, 'sessionType' | 'targetName'> {
  const credentials = credentialsOf(url, options.secret);
  return {
    initiatorName: options.initiatorName ?? DEFAULT_INITIATOR_NAME,
    isid: randomIsid(random), digests: options.digests ?? false,
    ...(credentials === undefined ? {} : { credentials }),
    ...targetProofOf(url, options, credentials, random),
  };
}

function targetProofOf(
  url: PortalUrl, options: ConnectOptions, credentials: Credentials | undefined,
  random: Random): Pick<InitiatorRules, 'targetProof'> {
  const user = url.targetUser ?? options.targetUser;
  const secret = url.targetSecret ?? options.targetSecret;
  if (user === undefined && url.targetSecret === undefined) return {};
  if (user === undefined || secret === undefined || credentials === undefined) {
    throw new Error(`Cannot have the target at ${addressText(url.portal)} prove itself: that takes `
      + 'a user with a secret for each end');
  }
  return {
    targetProof: { credentials: { user, secret }, random: (count) => random.bytes(count) } };
}

function credentialsOf(
  { portal, user, secret }: PortalUrl, given: string | undefined): Credentials | undefined {
  if (user === undefined) return undefined;
  const known = secret ?? given;
  if (known !== undefined) return { user, secret: known };
  throw new Error(`Cannot log in at ${addressText(portal)} as ${user}: the secret is missing; `
    + 'give it in a file or in the environment');
}

/** Of the random kind, so that no two sessions push each other out. Source: RFC 7143 11.12.5. */
function randomIsid(random: Random): Uint8Array {
  const isid = Uint8Array.from(random.bytes(6));
  isid[0] = 0x80;
  return isid;
}
