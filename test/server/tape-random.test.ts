import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TapeUnit } from '../../src/server/tape.ts';
import { type Answer, makeTape, meet, send, told } from './device-fixture.ts';

/** One step of a script: what a backup program does to a tape, in whatever order. */
type Step =
  | { readonly do: 'block length'; readonly bytes: number }
  | { readonly do: 'write' | 'read'; readonly bytes: number }
  | { readonly do: 'write fixed' | 'read fixed' | 'filemarks' | 'locate'; readonly count: number }
  | { readonly do: 'space'; readonly code: number; readonly count: number }
  | { readonly do: 'erase' };

/** What a command told: sense, FILEMARK, EOM, ILI, INFORMATION, data, and where the tape stands. */
interface Told {
  readonly sense: string;
  readonly information?: number;
  readonly data: string;
  readonly position: number;
}

const FILEMARK = 'filemark';
type TapeObject = Uint8Array | typeof FILEMARK;

/** A tape as a list of objects, one after the other: slow, and plain to see. */
class NaiveTape {
  #objects: TapeObject[] = [];
  #position = 0;
  #blockBytes = 0;

  run(step: Step, stamp: number): Told {
    switch (step.do) {
      case 'block length':
        this.#blockBytes = step.bytes;
        return this.#told('good');
      case 'write': return this.#write([recordOf(step.bytes, stamp)]);
      case 'write fixed': return this.#blockBytes === 0 ? this.#told('05/24/00')
        : this.#write(Array.from({ length: step.count }, () => recordOf(this.#blockBytes, stamp)));
      case 'filemarks': return this.#write(Array.from({ length: step.count }, () => FILEMARK));
      case 'read': return this.#read(step.bytes);
      case 'read fixed': return this.#blockBytes === 0 ? this.#told('05/24/00')
        : this.#readFixed(step.count);
      case 'locate': return this.#locate(step.count);
      case 'space': return this.#space(step.code, step.count);
      case 'erase':
        this.#objects.length = this.#position;
        return this.#told('good');
    }
  }

  #told(sense: string, information?: number, data: readonly Uint8Array[] = []): Told {
    return { sense, data: Buffer.concat(data).toString('hex'), position: this.#position,
      ...(information === undefined ? {} : { information }) };
  }

  #write(objects: readonly TapeObject[]): Told {
    if (objects.length > 0) this.#objects.length = this.#position;
    this.#objects.push(...objects);
    this.#position += objects.length;
    return this.#told('good');
  }

  #read(bytes: number): Told {
    const object = this.#objects[this.#position];
    if (object === undefined) return this.#told('08/00/05', bytes);
    this.#position += 1;
    if (object === FILEMARK) return this.#told('00/00/01 FM', bytes);
    const data = [object.subarray(0, bytes)];
    return object.length === bytes ? this.#told('good', undefined, data)
      : this.#told('00/00/00 ILI', bytes - object.length, data);
  }

  #readFixed(count: number): Told {
    const data: Uint8Array[] = [];
    while (data.length < count) {
      const object = this.#objects[this.#position];
      if (object === undefined) return this.#told('08/00/05', count - data.length, data);
      this.#position += 1;
      if (object === FILEMARK) return this.#told('00/00/01 FM', count - data.length, data);
      if (object.length !== this.#blockBytes) {
        return this.#told('00/00/00 ILI', count - data.length, data);
      }
      data.push(object);
    }
    return this.#told('good', undefined, data);
  }

  #locate(object: number): Told {
    this.#position = Math.min(object, this.#objects.length);
    return this.#told(object > this.#objects.length ? '08/00/05' : 'good');
  }

  /** One object at a time, in the direction of the count. */
  #space(code: number, count: number): Told {
    if (code === 3) {
      this.#position = this.#objects.length;
      return this.#told('good');
    }
    for (let left = Math.abs(count); left > 0;) {
      const told = code === 2 ? undefined : left; // marks in a row are there or are not
      if (count < 0 && this.#position === 0) return this.#told('00/00/04 EOM', told);
      if (count > 0 && this.#position === this.#objects.length) return this.#told('08/00/05', told);
      const object = this.#objects[count > 0 ? this.#position : this.#position - 1];
      this.#position += Math.sign(count);
      if (code === 0 && object === FILEMARK) return this.#told('00/00/01 FM', left);
      if (code === 2 && object !== FILEMARK) left = Math.abs(count);
      else if (code === 0 || object === FILEMARK) left -= 1;
    }
    return this.#told('good');
  }
}

/** Records of one step are alike; those of two steps are not. */
const recordOf = (byteLength: number, stamp: number): Uint8Array =>
  Uint8Array.from({ length: byteLength }, (_, i) => stamp * 7 + i);

const cdb6 = (opcode: number, flags: number, length: number): Uint8Array =>
  Uint8Array.of(opcode, flags, length >>> 16, length >>> 8, length, 0);

async function sendStep(tape: TapeUnit, step: Step, stamp: number): Promise<Answer> {
  const { blockBytes } = tape.drive;
  switch (step.do) {
    case 'block length':
      return send(tape, '15 10 00 00 0c 00',
        { out: Uint8Array.of(0, 0, 0x10, 8, 0, 0, 0, 0, 0, 0, 0, step.bytes) });
    case 'write':
      return send(tape, cdb6(0x0a, 0, step.bytes), { out: recordOf(step.bytes, stamp) });
    case 'write fixed': {
      const records = Array.from({ length: step.count }, () => recordOf(blockBytes, stamp));
      return send(tape, cdb6(0x0a, 1, step.count), { parts: records });
    }
    case 'filemarks': return send(tape, cdb6(0x10, stamp % 2, step.count));
    case 'read': return send(tape, cdb6(0x08, 0, step.bytes));
    case 'read fixed': return send(tape, cdb6(0x08, 1, step.count));
    case 'locate': return send(tape, Uint8Array.of(0x2b, 0, 0, 0, 0, 0, step.count, 0, 0, 0));
    case 'space': return send(tape, cdb6(0x11, step.code, step.count));
    case 'erase': return send(tape, cdb6(0x19, 0, 0));
  }
}

async function runStep(tape: TapeUnit, step: Step, stamp: number): Promise<Told> {
  const answer = await sendStep(tape, step, stamp);
  const { sense } = answer;
  const marks = [sense?.filemark ? ' FM' : '', sense?.eom ? ' EOM' : '', sense?.ili ? ' ILI' : ''];
  const position = Buffer.from((await send(tape, '34 00 00 00 00 00 00 00 00 00')).data);
  return {
    sense: told(answer) + marks.join(''), data: Buffer.from(answer.data).toString('hex'),
    position: position.readUInt32BE(4),
    ...(sense?.information === undefined ? {} : { information: Number(sense.information) }),
  };
}

const few = fc.integer({ min: 1, max: 5 });
/** Few lengths, so that records often have the one that is asked for. */
const length = fc.constantFrom(1, 16, 20, 33);
const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 16, 20).map(
    (bytes): Step => ({ do: 'block length', bytes })) },
  { weight: 4, arbitrary: length.map((bytes): Step => ({ do: 'write', bytes })) },
  { weight: 3, arbitrary: few.map((count): Step => ({ do: 'write fixed', count })) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }).map(
    (count): Step => ({ do: 'filemarks', count })) },
  { weight: 4, arbitrary: length.map((bytes): Step => ({ do: 'read', bytes })) },
  { weight: 4, arbitrary: few.map((count): Step => ({ do: 'read fixed', count })) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 20 }).map(
    (count): Step => ({ do: 'locate', count })) },
  { weight: 5, arbitrary: fc.record({
    do: fc.constant('space' as const), code: fc.constantFrom(0, 1, 2, 3),
    count: fc.integer({ min: -6, max: 6 }) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'erase' }) },
), { minLength: 5, maxLength: 60 });

it('does what a list of objects does, whatever the script', async () => {
  await fc.assert(fc.asyncProperty(steps, async (script) => {
    const tape = await makeTape({ options: { capacityBytes: 1024 * 1024 } });
    await meet(tape);
    const naive = new NaiveTape();
    for (const [stamp, step] of script.entries()) {
      const expected = naive.run(step, stamp);
      expect({ step, ...await runStep(tape, step, stamp) }).toEqual({ step, ...expected });
    }
  }), { numRuns: 150 });
});
