//! Starts the service, and stops it without losing an event.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use auth_service::app::{self, App};
use auth_service::cleanup;
use auth_service::clock::Clock;
use auth_service::settings::Settings;
use authmeter::Metrics;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("auth-service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let mut settings = Settings::read(|name| std::env::var(name).ok())?;
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--dev" => settings.dev = true,
            other => return Err(format!("unknown argument {other}; the only one is --dev").into()),
        }
    }
    // A log that cannot be written is found here, before anybody can log in.
    let clock = Clock::default();
    let mut log = Metrics::builder().from_env()?;
    if settings.dev {
        let clock = clock.clone();
        log = log.clock(move || clock.timestamp());
    }
    let log = log.build()?;

    let app = App::new(settings, log.clone(), clock)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, app.settings.port)).await?;
    println!("listening on {}", listener.local_addr()?);
    let cleaning = tokio::spawn(cleanup::run(app.clone()));
    let service = app::router(&app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(asked_to_stop()?)
        .await?;
    cleaning.abort();

    let report = log.shutdown(Duration::from_secs(5));
    eprintln!(
        "auth-service: {} events written, {} lost",
        report.written, report.lost
    );
    Ok(())
}

/// Ends at SIGTERM or Ctrl-C; requests under way are answered first.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
