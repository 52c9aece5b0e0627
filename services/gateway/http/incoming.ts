import { IncomingMessage } from "node:http";

/** Node's own, which are not in its manual: how what is left of a request is thrown away. */
const dump: () => void = Reflect.get(IncomingMessage.prototype, "_dump");

/**
 * A request of which nothing is left to read when its answer has been sent. Node then takes it
 * through the last stages of a stream, for whoever waits for its `end` or `close`. Mostly nobody
 * does: it is closed at once.
 */
export class Incoming extends IncomingMessage {
  declare _dumpAndCloseReadable: () => void;

  _dump(): void {
    const whole = this.complete && this.readableLength === 0;
    if (whole && this.listenerCount("end") === 0 && this.listenerCount("close") === 0) {
      this._dumpAndCloseReadable();
    } else dump.call(this);
  }
}
