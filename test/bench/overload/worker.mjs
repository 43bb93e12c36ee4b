/** A service whose every call takes 2 ms of CPU. */
import { performance } from "node:perf_hooks";
import { Handler, Service } from "plugboard";
import { onClass, onMethod } from "../plugboard/decorate.mjs";

const busyMs = 2;

export class Worker {
  work() {
    const until = performance.now() + busyMs;
    while (performance.now() < until);
    return {};
  }
}
onMethod(Worker, "work", [Handler({ idempotent: true })]);
onClass(Worker, [Service({ name: "worker" })], []);
