/** Logical units as the command line and the configuration name them: `NAME=PATH[,option]…`. */
import type {
  ChangerConfig, DiskConfig, TapeConfig, UnitConfig,
} from '../target/target-config.ts';
import { parseSize } from './units.ts';
import { UsageError } from './user-error.ts';

interface Parts {
  readonly name: string;
  readonly path: string;
  readonly options: ReadonlyMap<string, string>;
}

function parts(
  flag: string, text: string, known: readonly string[], flags: readonly string[]): Parts {
  const match = /^([\w.-]{1,64})=([^,]*)((?:,[^,]*)*)$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `Cannot read ${flag} '${text}': write NAME=PATH, then options after commas`);
  }
  const options = new Map<string, string>();
  for (const option of match[3]!.split(',').slice(1)) {
    const [key, ...values] = option.split('=');
    const isFlag = flags.includes(key!);
    if (!isFlag && !known.includes(key!)) {
      const names = [...known.map((one) => `${one}=`), ...flags].join(', ');
      throw new UsageError(`Cannot read ${flag} '${text}': '${option}' is not one of ${names}`);
    }
    if (isFlag === values.length > 0) {
      throw new UsageError(
        `Cannot read ${flag} '${text}': '${key}' takes ${isFlag ? 'no' : 'a'} value`);
    }
    options.set(key!, values.join('='));
  }
  return { name: match[1]!, path: match[2]!, options };
}

const size = (given: Parts, key: string, flag: string): number | undefined => {
  const text = given.options.get(key);
  return text === undefined ? undefined : parseSize(text, `${key} of ${flag} ${given.name}`);
};

/** `NAME=FILE[,size=4G][,block=512|512e|4096][,readonly][,removable]`. Throws: UsageError. */
export function parseDiskSpec(text: string): DiskConfig {
  const given = parts('--disk', text, ['size', 'block'], ['readonly', 'removable']);
  if (given.path === '') throw new UsageError(`Cannot read --disk '${text}': the file is missing`);
  const block = given.options.get('block') ?? '512';
  if (!['512', '512e', '4096'].includes(block)) {
    throw new UsageError(
      `Cannot read --disk '${text}': block is '${block}', not 512, 512e or 4096`);
  }
  return {
    kind: 'disk', name: given.name, path: given.path, byteLength: size(given, 'size', '--disk'),
    blockBytes: block === '4096' ? 4096 : 512, emulated512: block === '512e',
    readonly: given.options.has('readonly'), removable: given.options.has('removable'),
  };
}

/**
 * `NAME=DIR[,capacity=100G][,generation=8]`; `NAME=` is a drive without a cartridge. Throws:
 * UsageError.
 */
export function parseTapeSpec(text: string): TapeConfig {
  const given = parts('--tape', text, ['capacity', 'generation'], []);
  return {
    kind: 'tape', name: given.name, path: given.path === '' ? undefined : given.path,
    capacityBytes: size(given, 'capacity', '--tape'), ...generation(given, '--tape'),
  };
}

const count = (given: Parts, key: string, flag: string): number | undefined => {
  const text = given.options.get(key);
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new UsageError(`Cannot read ${key} of ${flag} ${given.name}: '${text}' is no count`);
};

/** Of LTO; left out, each drive is of that of its first cartridge. */
function generation(given: Parts, flag: string): { readonly generation?: number } {
  const text = given.options.get('generation');
  if (text === undefined) return {};
  if (/^[1-9]$/.test(text)) return { generation: Number(text) };
  throw new UsageError(
    `Cannot read generation of ${flag} ${given.name}: '${text}' is not from 1 to 9`);
}

const DRIVES = 2;

/**
 * `NAME=DIR[,drives=2][,slots=20][,ie=1][,cartridges=10][,capacity=100G][,generation=8]`; slots
 * and import/export
 * elements are as the magazine has kept them unless given. Throws: UsageError.
 */
export function parseChangerSpec(text: string): ChangerConfig {
  const flag = '--changer';
  const given = parts(
    flag, text, ['drives', 'slots', 'ie', 'cartridges', 'capacity', 'generation'], []);
  if (given.path === '') {
    throw new UsageError(`Cannot read ${flag} '${text}': the folder is missing`);
  }
  return {
    kind: 'changer', name: given.name, path: given.path,
    drives: count(given, 'drives', flag) ?? DRIVES, slots: count(given, 'slots', flag),
    mailSlots: count(given, 'ie', flag), cartridges: count(given, 'cartridges', flag),
    capacityBytes: size(given, 'capacity', flag), ...generation(given, flag),
  };
}

/** Throws: UsageError if a name, or a path, is given twice. */
export function refuseTwins(specs: readonly UnitConfig[]): void {
  const seen = new Set<string>();
  for (const spec of specs) {
    for (const key of [`name ${spec.name}`, ...(spec.path === undefined ? [] : [spec.path])]) {
      if (seen.has(key)) throw new UsageError(`Cannot start: ${key} is given twice`);
      seen.add(key);
    }
  }
}
