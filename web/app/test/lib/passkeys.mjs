// An authenticator of the browser's own making: a passkey's home that needs no finger.

export class Authenticator {
  static async add(page, credentials = [], { present = true } = {}) {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: present,
    } })
    for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
    return Object.assign(new Authenticator(), { cdp, authenticatorId })
  }

  async credentials() {
    return (await this.cdp.send('WebAuthn.getCredentials', { authenticatorId: this.authenticatorId })).credentials
  }

  async count() {
    return (await this.credentials()).length
  }

  /** Whether somebody touches it when it is asked. */
  present(enabled) {
    return this.cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.authenticatorId, enabled })
  }
}
