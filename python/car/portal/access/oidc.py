"""Sign-in at an OpenID Connect provider: code flow with PKCE; the user is who the verified token says."""

import secrets
import ssl
import warnings
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.integrations.base_client import OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from car.portal.access.provider import SignedIn, SignInFailed
from car.portal.access.secret import new_secret
from car.portal.access.under_way import SignInUnderWay
from car.portal.settings import PortalSettings, is_loopback

with warnings.catch_warnings():
    # Authlib says at import that it will ask for another HTTP client some day.
    warnings.simplefilter("ignore")
    from authlib.integrations.httpx_client import AsyncOAuth2Client

# Signatures by a key that the portal does not hold: a token cannot be made of what is public.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_SKEW_S = 60
_METADATA_KEPT_S = 3600
_TIMEOUT = httpx.Timeout(5, connect=3)
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_PANEL = "panel"
_Any = TypeVar("_Any")


class OpenIdProvider:
    """The provider, as one worker knows it. What it publishes of itself is asked for once an hour."""

    def __init__(self, settings: PortalSettings, now: Callable[[], float]) -> None:
        """Describe a provider; it is not asked before somebody signs in.

        Parameters:
            settings: issuer, client and claims.
            now: the clock (s since 1970).
        """
        self._settings = settings
        self._now = now
        self._callback = f"{settings.url}/sign-in/callback"
        self._metadata: dict[str, Any] = {}
        self._metadata_until = 0.0
        self._keys: KeySet | None = None

    async def begin(self, next_page: str) -> tuple[str, str, SignInUnderWay]:
        """Begin a sign-in.

        Returns:
            The provider's page to go to, the state in its address, and what to keep until the user is back.

        Raises:
            SignInFailed: the provider does not answer as one does.
        """
        metadata = await self._published()
        state = new_secret()
        begun = SignInUnderWay(new_secret(), secrets.token_urlsafe(64), next_page)
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=state,
                nonce=begun.nonce,
                code_verifier=begun.code_verifier,
            )
        return url, state, begun

    async def finish(self, answer: Mapping[str, str], begun: SignInUnderWay) -> SignedIn:
        """Take the code that a user brings, get the token for it, and verify that.

        Parameters:
            answer: the parameters of the user's request.
            begun: what the sign-in began with.

        Raises:
            SignInFailed: the provider refused, or its token is none that can be believed.
        """
        metadata = await self._published()
        issuer = answer.get("iss")
        must_name = metadata.get("authorization_response_iss_parameter_supported") is True
        if (issuer is not None or must_name) and issuer != self._settings.issuer:
            raise SignInFailed("another_issuer")
        if "error" in answer:
            raise SignInFailed("provider_refused")
        if not answer.get("code"):
            raise SignInFailed("no_code")
        token = await _asked(self._fetch(metadata, answer["code"], begun.code_verifier))
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise SignInFailed("no_token")
        try:
            claims = await self._verified(id_token, token.get("access_token"), begun.nonce)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise SignInFailed("token_invalid", f"{type(error).__name__} {_claim(error)}".strip()) from None
        return self._signed_in(claims, id_token)

    async def end_page(self, id_token: str) -> str:
        """Give the provider's page that ends the session there; empty where it has none, or does not answer.

        Parameters:
            id_token: of the session; empty: the provider asks the user.
        """
        try:
            page = (await self._published()).get("end_session_endpoint")
        except SignInFailed:
            return ""
        if not isinstance(page, str) or not _is_safe(page):
            return ""
        parameters = {
            "client_id": self._settings.client_id,
            "post_logout_redirect_uri": f"{self._settings.url}/sign-out",
            **({"id_token_hint": id_token} if id_token else {}),
        }
        return f"{page}{'&' if urlsplit(page).query else '?'}{urlencode(parameters)}"

    def _signed_in(self, claims: Mapping[str, Any], id_token: str) -> SignedIn:
        subject, party = claims["sub"], claims.get(self._settings.party_claim)
        panel = claims.get(self._settings.panel_claim) if self._settings.panel_claim else None
        is_panel = panel == _PANEL or (isinstance(panel, list) and _PANEL in panel)
        return SignedIn(subject, party if isinstance(party, str) else "", is_panel, id_token)

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self._settings.client_id,
            client_secret=self._settings.client_secret,
            scope=self._settings.scope,
            redirect_uri=self._callback,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
            verify=_certificates(),
        )

    async def _fetch(self, metadata: Mapping[str, Any], code: str, code_verifier: str) -> dict[str, Any]:
        async with self._client() as client:
            return await client.fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=code_verifier,
            )

    async def _published(self) -> dict[str, Any]:
        """Give what the provider publishes of itself (OpenID Connect Discovery)."""
        if self._now() >= self._metadata_until:
            issuer = self._settings.issuer
            metadata = await _asked(_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
            if metadata.get("issuer") != issuer:
                raise SignInFailed("provider_wrong", "it publishes another issuer than is configured")
            for name in _ENDPOINTS:
                if not isinstance(metadata.get(name), str) or not _is_safe(metadata[name]):
                    raise SignInFailed("provider_wrong", f"it publishes no {name} that is https")
            self._metadata, self._metadata_until = metadata, self._now() + _METADATA_KEPT_S
            self._keys = None
        return self._metadata

    async def _verified(self, id_token: str, access_token: Any, nonce: str) -> CodeIDToken:
        """Give the claims of a token whose signature, issuer, audience, times and nonce are right."""
        try:
            token = _decoded(id_token, await self._key_set())
        except (InvalidKeyIdError, BadSignatureError):
            # The provider may have changed its keys since they were fetched.
            self._keys = None
            token = _decoded(id_token, await self._key_set())
        client_id = self._settings.client_id
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": self._settings.issuer},
                "aud": {"essential": True, "value": client_id},
                "sub": {"essential": True},
            },
            {"nonce": nonce, "client_id": client_id, "access_token": access_token},
        )
        claims.validate(now=int(self._now()), leeway=_SKEW_S)
        return claims

    async def _key_set(self) -> KeySet:
        if self._keys is None:
            content: Any = await _asked(_json(self._metadata["jwks_uri"]))
            self._keys = KeySet.import_key_set(content)
        return self._keys


def _decoded(id_token: str, keys: KeySet) -> jwt.Token:
    return jwt.decode(id_token, keys, registry=JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False))


@cache
def _certificates() -> ssl.SSLContext:
    """Give whom the machine trusts; to read that takes longer than all the rest of a sign-in."""
    return httpx.create_ssl_context()


async def _json(url: str) -> dict[str, Any]:
    """Get a JSON object that the provider publishes."""
    async with httpx.AsyncClient(timeout=_TIMEOUT, verify=_certificates()) as client:
        answer = await client.get(url)
        answer.raise_for_status()
        content = answer.json()
    if not isinstance(content, dict):
        raise ValueError("no JSON object")
    return content


async def _asked(asking: Awaitable[_Any]) -> _Any:
    """Wait for the provider; raises SignInFailed with the reason where it does not answer, or refuses."""
    try:
        return await asking
    except OAuthError as error:
        raise SignInFailed("code_refused", str(error.error)) from None
    except httpx.HTTPError as error:
        raise SignInFailed("provider_unreachable", type(error).__name__) from None
    except (ValueError, TypeError) as error:
        raise SignInFailed("provider_wrong", type(error).__name__) from None


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _claim(error: Exception) -> str:
    """Name the claim that is wrong, where the failure knows it, and never its value."""
    return str(getattr(error, "claim", "") or "")
