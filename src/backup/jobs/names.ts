/** Names that a job gives: to a set, to a tape. */
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { TAPE_FORMAT, type VolumeDescription } from '../tape/description.ts';

interface Sources {
  readonly clock: Clock;
  readonly random: Random;
}

/** `20250131-154500-7f3a`: when it was begun (UTC), and what tells it from others then. */
export function newSetId({ clock, random }: Sources): string {
  const [date, time] = new Date(clock.dateMs()).toISOString().split('T');
  const digits = (text: string | undefined): string => (text ?? '').replace(/\D/g, '');
  return `${digits(date)}-${digits(time).slice(0, 6)}-${hexText(random.bytes(2))}`;
}

/** The identity of a tape that has none. */
export function newVolume(
  { clock, random }: Sources, barcode: string | undefined): VolumeDescription {
  const volume = hexText(random.bytes(16));
  // Six characters are what a VOL1 label has room for: those of the barcode, if it has one.
  const name = /^[A-Z0-9]{1,6}/.exec(barcode ?? '')?.[0] ?? `S${volume.slice(0, 5)}`.toUpperCase();
  return {
    format: TAPE_FORMAT, volume, name, createdMs: clock.dateMs(),
    ...(barcode === undefined ? {} : { barcode }),
  };
}

const hexText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
