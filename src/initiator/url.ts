import { addressText } from '../iscsi/names.ts';
import { normalizedName } from '../wire/iscsi/names.ts';
import type { Address } from '../ports/network.ts';
import { LUN_MAX } from '../wire/spc/lun.ts';

/** The port that IANA has given to iSCSI. */
const ISCSI_PORT = 3260;

/** A portal, and who wants in. */
export interface PortalUrl {
  readonly portal: Address;
  readonly user: string | undefined;
  readonly secret: string | undefined;
  /** What the target has to prove itself by (mutual CHAP). */
  readonly targetUser: string | undefined;
  readonly targetSecret: string | undefined;
}

/** A logical unit behind a portal. */
export interface UnitUrl extends PortalUrl {
  readonly targetName: string;
  readonly lun: number;
}

/**
 * Reads `iscsi://[user[%secret]@]host[:port]/iqn/lun`, after which there may be
 * `?target_user=NAME&target_password=SECRET` for mutual CHAP, as libiscsi has it.
 *
 * Throws: Error that says what is wrong, without the secret.
 */
export function parseIscsiUrl(url: string): UnitUrl {
  const { authority, path, query } = split(url);
  const parts = path.split('/');
  const [name, lunText] = parts;
  if (parts.length !== 2 || !name || !lunText) {
    throw wrong(url, 'it must end with a target name and a LUN, as in iscsi://host/iqn.…/0');
  }
  const targetName = normalizedName(name);
  if (targetName === undefined) throw wrong(url, `'${name}' is not an iSCSI name`);
  const lun = /^\d{1,5}$/.test(lunText) ? Number(lunText) : Number.NaN;
  if (!(lun <= LUN_MAX)) {
    throw wrong(url, `the LUN '${lunText}' is not a whole number from 0 to ${LUN_MAX}`);
  }
  return { ...parsePortal(url, authority, query), targetName, lun };
}

/** Reads `iscsi://[user[%secret]@]host[:port]`, with the same parameters. Throws: Error. */
export function parsePortalUrl(url: string): PortalUrl {
  const { authority, path, query } = split(url);
  if (path !== '') throw wrong(url, 'a portal has no path, as in iscsi://host:3260');
  return parsePortal(url, authority, query);
}

/** The URL without user and secret. */
export const unitUrlText = ({ portal, targetName, lun }: UnitUrl): string =>
  `iscsi://${addressText(portal)}/${targetName}/${lun}`;

function split(url: string): { authority: string; path: string; query: string } {
  const match = /^iscsi:\/\/([^/]*)\/?(.*)$/i.exec(url);
  if (match === null) throw wrong(url, 'it does not begin with iscsi://');
  // Without a path, the query stands behind the host. A user's secret may hold a question mark.
  const [path, query] = splitOnce(match[2]!, '?');
  const at = path === '' && query === undefined ? hostQuery(match[1]!) : -1;
  if (at < 0) return { authority: match[1]!, path, query: query ?? '' };
  return { authority: match[1]!.slice(0, at), path, query: match[1]!.slice(at + 1) };
}

/** Where a question mark stands behind the host; -1 if nowhere. */
const hostQuery = (authority: string): number =>
  /^(?:.*@)?[^?@]*(?=\?)/.exec(authority)?.[0].length ?? -1;

/** Parameters of the query, by the names that libiscsi has given them. */
function parseQuery(
  url: string, query: string): Pick<PortalUrl, 'targetUser' | 'targetSecret'> {
  const values = new Map<string, string>();
  for (const part of query === '' ? [] : query.split('&')) {
    const [key, value] = splitOnce(part, '=');
    if (!(key === 'target_user' || key === 'target_password') || !value || values.has(key)) {
      throw wrong(url, 'after the question mark there may be target_user=NAME and '
        + 'target_password=SECRET, once each');
    }
    values.set(key, value);
  }
  return { targetUser: values.get('target_user'), targetSecret: values.get('target_password') };
}

function parsePortal(url: string, authority: string, query: string): PortalUrl {
  // A secret may hold an @, a host may not.
  const at = authority.lastIndexOf('@');
  const [user, secret] = at < 0 ? [undefined, undefined] : splitOnce(authority.slice(0, at), '%');
  if (user === '') throw wrong(url, 'the user before @ is empty');
  const match = /^(\[[0-9a-fA-F:.%]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(authority.slice(at + 1));
  if (match === null) throw wrong(url, 'host and port must be host, host:port or [IPv6]:port');
  const port = match[2] === undefined ? ISCSI_PORT : Number(match[2]);
  if (port < 1 || port > 65_535) throw wrong(url, `there is no port ${port}`);
  return {
    portal: { host: match[1]!.replace(/^\[|\]$/g, ''), port }, user, secret,
    ...parseQuery(url, query),
  };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const wrong = (url: string, why: string): Error =>
  new Error(`Cannot use the URL ${withoutSecret(url)}: ${why}`);

/** For messages: what stands before the last @, or behind a question mark, may be a secret. */
const withoutSecret = (url: string): string =>
  url.replace(/\/\/.*@/, '//…@').replace(/\?.*$/, '?…');
