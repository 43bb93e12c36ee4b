// etcd: a server of somebody else's, or a program that tests start.
import {
  addressesFrom,
  dockerAnswers,
  firstThatWorks,
  installDebian,
  onPath,
} from "./attempts.mjs";

const image = "quay.io/coreos/etcd:v3.5.21";

/** `{ addresses }` or `{ command, docker? }`. */
export const provisionEtcd = ({ log }) =>
  firstThatWorks(
    "etcd",
    {
      "an address in PLUGBOARD_ETCD": () => {
        const addresses = addressesFrom("PLUGBOARD_ETCD");
        const path = onPath("etcd");
        return addresses && { addresses, ...(path && { command: [path] }) };
      },
      "etcd on PATH": () => {
        const path = onPath("etcd");
        return path && { command: [path] };
      },
      "Debian's package etcd-server": async () => {
        if (!(await installDebian(["etcd-server"]))) return undefined;
        const path = onPath("etcd");
        return path && { command: [path] };
      },
      [`Docker's ${image}`]: async () =>
        (await dockerAnswers()) ? { docker: image, command: ["etcd"] } : undefined,
    },
    log,
  );
