/** Values as SSH writes them, read strictly. Source: RFC 4251 section 5. */
import { Malformed } from "../../core/malformed.ts";

export class SshReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw malformedSsh("it ends too early");
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  uint32(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.take(4);
    return a * 0x1000000 + b * 0x10000 + c * 0x100 + d;
  }

  string(): Uint8Array {
    return this.take(this.uint32());
  }

  /** A name, which is ASCII; the text of anything else equals none that is known. */
  text(): string {
    return Buffer.from(this.string()).toString("latin1");
  }

  /** A number that is not negative, in its shortest form, without a leading zero byte. */
  positive(): Uint8Array {
    const bytes = this.string();
    const [first = 0, second = 0] = bytes;
    if (bytes.length === 0 || first >= 0x80) throw malformedSsh("a number in it is not positive");
    if (first !== 0) return bytes;
    if (second < 0x80) throw malformedSsh("a number in it is padded");
    return bytes.subarray(1);
  }

  end(): void {
    if (this.#position < this.#bytes.length) throw malformedSsh("bytes follow its end");
  }
}

export function writeSshString(value: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function malformedSsh(why: string): Malformed {
  return new Malformed("integrity/signature-invalid", `the SSH signature is not one: ${why}`);
}
