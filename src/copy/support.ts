/**
 * Which descriptor types a copy manager takes: those of which its target can have a device.
 *
 * A target without tapes has no segments with a stream device, and one without names on a
 * transport no CSCD descriptors of that transport. What is not supported is not reported, and is
 * refused before the first segment. Source: SPC-4 6.4.4 (each type is optional).
 */
import { CSCD_LAYOUTS } from '../wire/copy/cscd.ts';
import { SEGMENT_LAYOUTS, segmentKindOf } from '../wire/copy/segments.ts';
import { CLASSES } from './classes.ts';
import type { TransportKind } from './names/transport-name.ts';

/** Type codes, ascending. */
export interface CopySupport {
  readonly segments: readonly number[];
  readonly cscds: readonly number[];
}

/** Every type with a public layout. */
export const WHOLE_SUPPORT: CopySupport = {
  segments: [...SEGMENT_LAYOUTS.keys()], cscds: [...CSCD_LAYOUTS.keys()],
};

/** CSCD descriptors whose names only a configured map can know, and the names in them. */
const MAPPED: ReadonlyMap<number, readonly TransportKind[]> = new Map([
  [0xe0, ['fc']], [0xe1, ['fcid']], [0xe2, ['fc', 'fcid']], [0xe3, ['scsi']], [0xe7, ['rdma']],
  [0xe8, ['eui64']], [0xe9, ['sas']],
] as const);

export interface TargetTraits {
  readonly hasStreams: boolean;
  /** Transports on which the target, or some of it, has a name. */
  readonly transports: ReadonlySet<TransportKind>;
}

export function supportOf({ hasStreams, transports }: TargetTraits): CopySupport {
  const isOfStreams = (code: number): boolean =>
    Object.values(CLASSES[segmentKindOf(code)]).includes('stream');
  return {
    segments: WHOLE_SUPPORT.segments.filter((code) => hasStreams || !isOfStreams(code)),
    cscds: WHOLE_SUPPORT.cscds.filter((code) =>
      MAPPED.get(code)?.every((kind) => transports.has(kind)) ?? true),
  };
}
