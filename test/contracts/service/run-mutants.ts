import { brokenService, inProcess, type ServiceMutant } from "./mutant.js";

const report = "run ends with the report of the stop";
const failure = "run fails with the failure of the start";
const first = "the first signal lets the work in hand finish";
const others = "SIGINT and SIGQUIT do as SIGTERM";
const second = "the second signal ends the process";

const deaf = brokenService((service) => ({
  run: (options) => service.run({ ...options, signals: false }),
}));

/** Breaks of running until told to stop. */
export const runMutants: readonly ServiceMutant[] = [
  {
    name: "runs for ever",
    kills: report,
    broken: brokenService((service) => ({
      run: async () => {
        await service.start();
        return new Promise(() => undefined);
      },
    })),
  },
  {
    name: "takes having started for having run",
    kills: report,
    broken: brokenService((service) => ({
      run: async () => {
        await service.start();
        return { cut: 0 };
      },
    })),
  },
  {
    name: "reports something else",
    kills: report,
    broken: brokenService((service) => ({
      run: async (options) => ({ cut: (await service.run(options)).cut + 1 }),
    })),
  },
  {
    name: "ends well whatever happens",
    kills: failure,
    broken: brokenService((service) => ({
      run: (options) => service.run(options).catch(() => ({ cut: 0 })),
    })),
  },
  { name: "hears no signal", kills: first, broken: deaf },
  {
    name: "leaves at the first signal",
    kills: first,
    broken: inProcess((process) => ({
      onSignal: (signals, listener) =>
        process.onSignal(signals, (signal) => {
          process.exit(0);
          listener(signal);
        }),
    })),
  },
  {
    name: "hears SIGTERM only",
    kills: others,
    broken: inProcess((process) => ({
      onSignal: (_signals, listener) => process.onSignal(["SIGTERM"], listener),
    })),
  },
  {
    name: "listens for signals when all is over",
    kills: others,
    broken: inProcess((process) => ({
      onSignal: (signals, listener) => {
        process.onSignal(signals, listener);
        return () => undefined;
      },
    })),
  },
  {
    name: "listens for signals after a start that failed",
    kills: failure,
    broken: inProcess((process) => ({
      onSignal: (signals, listener) => {
        process.onSignal(signals, listener);
        return () => undefined;
      },
    })),
  },
  {
    name: "is patient with the second signal, too",
    kills: second,
    broken: inProcess(() => ({ exit: () => undefined })),
  },
  {
    name: "leaves as if all were well",
    kills: second,
    broken: inProcess((process) => ({ exit: () => process.exit(0) })),
  },
  {
    name: "takes a stop during the start for a failure",
    kills: "a signal during the start ends the run",
    broken: brokenService((service) => ({
      run: async (options) => {
        const run = service.run(options);
        await service.start();
        return run;
      },
    })),
  },
  {
    name: "listens for signals, whatever it was told",
    kills: "without signals it leaves them to others",
    broken: brokenService((service) => ({ run: () => service.run({ signals: true }) })),
  },
];
