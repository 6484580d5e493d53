/** Access rules as the command line and the configuration give them. */
import { type AccessRule, EVERYBODY } from '../target/access.ts';
import type { UnitConfig } from '../target/target-config.ts';
import { normalizedName } from '../wire/iscsi/names.ts';
import { LUN_MAX } from '../wire/spc/lun.ts';
import { UsageError } from './user-error.ts';

/** `IQN` reaches all units, `IQN=LUN:UNIT[,LUN:UNIT]…` those; `*` is everybody else. */
export function parseAccessSpec(text: string): AccessRule {
  const [name = '', luns, ...more] = text.split('=');
  const refused = (why: string): UsageError =>
    new UsageError(`Cannot read --acl '${text}': ${why}`);
  if (more.length > 0) throw refused('it has a second =');
  if (luns === undefined) return rule(name, undefined, refused);
  const pairs = luns.split(',').map((one): [string, string] => {
    const match = /^([^:]+):(.+)$/.exec(one);
    if (match === null) throw refused(`'${one}' is not LUN:UNIT, such as 0:disk`);
    return [match[1]!, match[2]!];
  });
  return rule(name, pairs, refused);
}

/** `{"initiator": "iqn.…", "luns": {"0": "disk"}}`, or the text of a flag. Throws: UsageError. */
export function readAccessRule(json: unknown): AccessRule {
  if (typeof json === 'string') return parseAccessSpec(json);
  const refused = (why: string): UsageError =>
    new UsageError(`Cannot use the acl ${JSON.stringify(json)}: ${why}`);
  if (!isObject(json)) throw refused('it is not an object or a text');
  const { initiator, luns, ...others } = json;
  const other = Object.keys(others)[0];
  if (other !== undefined) throw refused(`'${other}' is not one of initiator, luns`);
  if (typeof initiator !== 'string') throw refused('the initiator is missing');
  if (luns === undefined) return rule(initiator, undefined, refused);
  if (!isObject(luns)) throw refused('luns is not an object');
  return rule(initiator, Object.entries(luns).map(([lun, unit]): [string, string] => {
    if (typeof unit !== 'string') throw refused(`what LUN ${lun} has is no name`);
    return [lun, unit];
  }), refused);
}

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

function rule(
  initiator: string, pairs: readonly (readonly [string, string])[] | undefined,
  refused: (why: string) => UsageError): AccessRule {
  const initiatorName = initiator === EVERYBODY ? EVERYBODY : normalizedName(initiator);
  if (initiatorName === undefined) throw refused(`'${initiator}' is not an iSCSI name or *`);
  if (pairs === undefined) return { initiatorName, luns: undefined };
  const luns = new Map<number, string>();
  for (const [text, unit] of pairs) {
    const lun = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(lun <= LUN_MAX)) {
      throw refused(`the LUN '${text}' is not a whole number from 0 to ${LUN_MAX}`);
    }
    if (luns.has(lun)) throw refused(`LUN ${lun} is given twice`);
    if ([...luns.values()].includes(unit)) throw refused(`${unit} is given twice`);
    luns.set(lun, unit);
  }
  return { initiatorName, luns };
}

/** Throws: UsageError if a rule names a unit that there is not, or an initiator has two. */
export function checkAccess(rules: readonly AccessRule[], units: readonly UnitConfig[]): void {
  const seen = new Set<string>();
  for (const { initiatorName, luns } of rules) {
    if (seen.has(initiatorName)) {
      throw new UsageError(`Cannot use --acl ${initiatorName}: it is given twice`);
    }
    seen.add(initiatorName);
    for (const wanted of luns?.values() ?? []) {
      if (units.some(({ name }) => name === wanted)) continue;
      throw new UsageError(`Cannot use --acl ${initiatorName}: no unit is called '${wanted}'; `
        + `there are ${units.map(({ name }) => name).join(', ')}`);
    }
  }
}
