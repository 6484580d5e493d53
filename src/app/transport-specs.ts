/** Names on other transports as the command line gives them: `NAME[+NAME]…[=UNIT[@LUN],…]`. */
import { TransportMap, type TransportPort } from '../copy/names/transport-map.ts';
import {
  parseTransportName, TRANSPORT_NAME_EXAMPLES, type TransportName,
} from '../copy/names/transport-name.ts';
import type { UnitConfig } from '../target/target-config.ts';
import { LUN_MAX } from '../wire/spc/lun.ts';
import { UsageError } from './user-error.ts';

const refused = (text: string, why: string): UsageError =>
  new UsageError(`Cannot read --transport '${text}': ${why}`);

/**
 * A port with all of its names and, behind `=`, the logical units that it has in place of all.
 *
 * Throws: UsageError.
 */
export function parseTransportSpec(text: string): TransportPort {
  const [names = '', units, ...more] = text.split('=');
  if (more.length > 0) throw refused(text, 'it has a second =');
  return {
    names: names.split('+').map((name) => nameOf(text, name)),
    units: units === undefined ? undefined : unitsOf(text, units),
  };
}

function nameOf(text: string, given: string): TransportName {
  const name = parseTransportName(given);
  if (name !== undefined) return name;
  throw refused(text, `'${given}' is no name on a transport, such as ${
    TRANSPORT_NAME_EXAMPLES.join(', ')}`);
}

/** Without a LUN a unit has the one after that of the unit before it; the first has 0. */
function unitsOf(text: string, given: string): ReadonlyMap<number, string> {
  const units = new Map<number, string>();
  let next = 0;
  for (const one of given.split(',')) {
    const match = /^([\w.-]{1,64})(?:@(\d{1,5}))?$/.exec(one);
    const lun = match?.[2] === undefined ? next : Number(match[2]);
    if (match === null || lun > LUN_MAX) {
      throw refused(text, `'${one}' is not UNIT or UNIT@LUN, such as system or system@3`);
    }
    if (units.has(lun)) throw refused(text, `LUN ${lun} is given twice`);
    units.set(lun, match[1]!); // the name is no optional part
    next = lun + 1;
  }
  return units;
}

/** Throws: UsageError if a port has a logical unit that there is not, or two have one name. */
export function checkTransports(
  ports: readonly TransportPort[], units: readonly UnitConfig[]): void {
  for (const { names, units: behind } of ports) {
    for (const wanted of behind?.values() ?? []) {
      if (units.some(({ name }) => name === wanted)) continue;
      throw new UsageError(`Cannot use --transport ${names.join('+')}: no unit is called `
        + `'${wanted}'; there are ${units.map(({ name }) => name).join(', ')}`);
    }
  }
  try {
    new TransportMap(ports);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}
