// Linking: how a new device gets the account's keys from one that has them. The
// server carries opaque boxes; a scanned code, or six digits on both screens,
// prove to each device that it talks to the other.

import { codeOf, equal, fromBase64url, problem, ProblemError, toBase64url, type Problem, type wire } from "../net/index.ts";
import { Batch } from "../store/index.ts";
import * as identity from "../identity/index.ts";
import type { Account } from "./account.ts";
import type { Core } from "./core.ts";
import { keys, type LinkRecord } from "./records.ts";
import type { ApprovalView, LinkView } from "./types.ts";

/** Self entries say when a step was made; without them the mailbox is looked into so often. */
const POLL = 3_000;

interface Approval {
  device: wire.Device;
  offer: Uint8Array;
  answer: identity.LinkAnswer;
  secret: Uint8Array | null;
  reveal: Uint8Array | null;
  view: ApprovalView;
}

export class Linking {
  link: LinkView | null = null;
  #own: { offer: identity.LinkOffer; answer: Uint8Array | null; sealed: Uint8Array | null; confirmed: boolean } | null = null;
  #approval: Approval | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #looking: Promise<void> | null = null;

  constructor(
    private readonly core: Core,
    private readonly account: Account,
    private readonly approved: () => void,
  ) {}

  get approval(): ApprovalView | null {
    return this.#approval?.view ?? null;
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  // ---- on the device that wants in ----

  async start(): Promise<void> {
    await this.account.prepare(); // publishes the device's key
    const signatureKey = fromBase64url(this.core.identity!.devicePublic);
    const offer = await identity.makeLinkOffer({ account: this.core.account, device: this.core.device, signatureKey });
    const device = await this.core.api.putLink(this.core.device, "offer", offer.offer);
    const expires = Date.parse(device.link!.expires);
    await this.#keep({ expires, offer: toBase64url(offer.offer), private: toBase64url(offer.private) });
    this.#offered(offer, expires);
  }

  /** After a reload: the offer that this device made is good until it expires. */
  async resume(): Promise<void> {
    const stored = (await this.core.store.get<LinkRecord>(keys.link))?.value;
    if (!stored || stored.expires < this.core.env.now() || this.core.session?.approved) return;
    this.#offered({ offer: fromBase64url(stored.offer), private: fromBase64url(stored.private) }, stored.expires);
  }

  #offered(offer: identity.LinkOffer, expires: number): void {
    this.#own = { offer, answer: null, sealed: null, confirmed: false };
    this.link = { state: "offered", qr: identity.qrText(offer), sas: null, expires, problem: null };
    this.core.changed();
    this.look();
  }

  /** The person saw the same digits on both screens. */
  async confirm(): Promise<void> {
    if (!this.#own || this.link?.state !== "compare") throw problem("not_ready", "There is nothing to compare yet.");
    this.#own.confirmed = true;
    this.#show({ state: "waiting" });
    await this.#open();
  }

  async cancel(): Promise<void> {
    this.#own = null;
    this.link = null;
    this.stop();
    this.core.changed();
    await this.#keep(null);
    await this.core.api.putLink(this.core.device, "cancel").catch(() => {});
  }

  async #asked(device: wire.Device): Promise<void> {
    const own = this.#own;
    const link = device.link;
    if (!own || !this.link) return;
    if (!link || !link.offer || !equal(fromBase64url(link.offer), own.offer.offer)) {
      if (this.core.env.now() > this.link.expires) this.#failed("expired", "The other device didn't answer in time.");
      else this.#failed("cancelled", "The other device declined.");
      return;
    }
    if (link.answer && !own.answer) {
      own.answer = fromBase64url(link.answer);
      const reveal = identity.makeReveal(own.offer);
      try {
        if (!link.sealed) await this.core.api.putLink(this.core.device, "reveal", reveal);
      } catch (error) {
        // by a scanned code it goes on without
        if (codeOf(error) !== "conflict" && !(error instanceof ProblemError && error.problem.status === 409)) throw error;
      }
      this.#show({ state: "compare", sas: await identity.sas(own.offer.offer, own.answer, reveal) });
    }
    if (link.sealed && own.answer) {
      own.sealed = fromBase64url(link.sealed);
      await this.#open();
    }
  }

  async #open(): Promise<void> {
    const own = this.#own;
    if (!own?.answer || !own.sealed) return;
    let secrets: identity.AccountSecrets;
    try {
      // what was sealed for the code's secret needs no digits
      secrets = await identity.openLink(own.offer, own.answer, own.sealed, "qr");
    } catch {
      if (!own.confirmed) return;
      try {
        secrets = await identity.openLink(own.offer, own.answer, own.sealed, "sas");
      } catch {
        this.#failed("link_refused", "What came is not what the other device sealed. Start again.");
        return;
      }
    }
    this.#own = null;
    this.stop();
    await this.account.adopt(secrets);
    await this.#keep(null);
    this.#show({ state: "done" });
    this.approved();
  }

  #failed(code: string, title: string): void {
    this.#own = null;
    this.stop();
    void this.#keep(null).catch(() => {});
    this.#show({ state: "failed", problem: problem(code, title).problem });
  }

  #show(change: Partial<LinkView>): void {
    if (this.link) this.link = { ...this.link, ...change };
    this.core.changed();
  }

  #keep(record: LinkRecord | null): Promise<void> {
    const batch = new Batch();
    return this.core.store.write(record ? batch.put(keys.link, record) : batch.remove(keys.link));
  }

  // ---- on the device that approves ----

  async answer(id: string, qr: { offer: Uint8Array; secret: Uint8Array } | null): Promise<void> {
    const device = (await this.core.api.devices()).find((one) => one.id === id);
    if (!device?.link?.offer || !device.signature_key) throw problem("not_found", "That device doesn't ask to be linked.");
    const offer = fromBase64url(device.link.offer);
    if (qr && !equal(qr.offer, offer)) throw problem("link_mismatch", "The scanned code isn't that device's.");
    const named = identity.readOffer(offer);
    if (
      named.account !== this.core.account ||
      named.device !== device.id ||
      !equal(named.signatureKey, fromBase64url(device.signature_key))
    ) {
      throw problem("link_mismatch", "The offer isn't that device's.");
    }

    const answer = await identity.makeAnswer(offer);
    await this.core.api.putLink(device.id, "answer", answer.answer);
    const view: ApprovalView = {
      device: device.id,
      name: device.name,
      platform: device.platform,
      state: qr ? "sealing" : "answered",
      sas: null,
      expires: Date.parse(device.link.expires),
      problem: null,
    };
    this.#approval = { device, offer, answer, secret: qr?.secret ?? null, reveal: null, view };
    this.core.changed();
    if (qr) await this.#seal(this.#approval, { by: "qr", secret: qr.secret });
    else this.look();
  }

  /** From a scanned code, which names its device. */
  async answerQr(text: string, device?: string): Promise<void> {
    let qr: { offer: Uint8Array; secret: Uint8Array };
    let named: identity.LinkingDevice;
    try {
      qr = identity.readQrText(text);
      named = await identity.readOffer(qr.offer);
    } catch {
      throw problem("bad_qr", "This is not a linking code.");
    }
    if (named.account !== this.core.account) throw problem("other_account", "That device is signed in to another account.");
    if (device && device !== named.device) throw problem("link_mismatch", "The scanned code is another device's.");
    await this.answer(named.device, qr);
  }

  async approveConfirm(): Promise<void> {
    const approval = this.#approval;
    if (!approval?.reveal) throw problem("not_ready", "There is nothing to compare yet.");
    await this.#seal(approval, { by: "sas", reveal: approval.reveal });
  }

  async approveCancel(): Promise<void> {
    const approval = this.#approval;
    this.#approval = null;
    this.core.changed();
    if (approval && approval.view.state !== "done") await this.core.api.putLink(approval.device.id, "cancel").catch(() => {});
  }

  async #revealed(approval: Approval, device: wire.Device | undefined): Promise<void> {
    const reveal = device?.link?.reveal;
    if (!device?.link?.offer || !equal(fromBase64url(device.link.offer), approval.offer)) {
      this.#approvalFailed(approval, problem("cancelled", "The other device gave up, or began anew.").problem);
      return;
    }
    if (!reveal || approval.reveal) return;
    try {
      const sas = await identity.sas(approval.offer, approval.answer.answer, fromBase64url(reveal));
      approval.reveal = fromBase64url(reveal);
      approval.view = { ...approval.view, state: "compare", sas };
      this.core.changed();
    } catch {
      this.#approvalFailed(approval, problem("link_refused", "The other device's answer doesn't fit its offer.").problem);
    }
  }

  async #seal(approval: Approval, proof: identity.LinkProof): Promise<void> {
    approval.view = { ...approval.view, state: "sealing" };
    this.core.changed();
    try {
      const secrets = this.account.secrets;
      const sealed = await identity.sealLink(approval.offer, approval.answer, proof, secrets);
      await this.core.api.putLink(approval.device.id, "sealed", sealed);
      const { signatureKey } = identity.readOffer(approval.offer);
      const now = this.core.env.now();
      const made = identity.certify(secrets.accountPrivate, this.core.account, approval.device.id, signatureKey, now);
      await this.core.api
        .approveDevice(approval.device.id, { created: made.created, signature: toBase64url(made.signature) })
        .catch((error: unknown) => {
          // it may have certified itself by what was sealed
          if (!(error instanceof ProblemError) || error.problem.status !== 409) throw error;
        });
      approval.view = { ...approval.view, state: "done" };
      this.core.changed();
      this.approved();
    } catch (error) {
      if (error instanceof ProblemError) this.#approvalFailed(approval, error.problem);
      throw error;
    }
  }

  #approvalFailed(approval: Approval, why: Problem): void {
    approval.view = { ...approval.view, state: "failed", problem: why };
    this.core.changed();
  }

  // ---- the mailbox ----

  /** Something may have come: self entries call it, and a timer while a step is awaited. */
  look(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
  }

  async #look(): Promise<void> {
    this.stop();
    const approval = this.#approval;
    const answering = approval?.view.state === "answered";
    if ((!this.#own && !answering) || this.core.stopped) return;
    try {
      const devices = await this.core.api.devices();
      const current = devices.find((device) => device.id === this.core.device);
      if (this.#own && current) await this.#asked(current);
      if (approval && answering) await this.#revealed(approval, devices.find((device) => device.id === approval.device.id));
    } catch {
      // the mailbox is looked into again
    }
    if (this.#own || this.#approval?.view.state === "answered") this.#timer ??= setTimeout(() => this.look(), POLL);
  }
}
