//! What Garmin takes out of a FIT weight file.

use super::Options;
use super::body::{WeighIn, account_offset};
use super::faults::Fault;
use super::file_reader::{FIT_EPOCH, for_each_message};
use super::state::{State, UploadOutcome, UserIndex};

/// The FIT profile's file type of weight files.
pub(super) const FILE_TYPE: u64 = 9;
const MESG_WEIGHT_SCALE: u16 = 30;
/// Files with more records time out (garmin-weight-sync#8).
const MOST_RECORDS: usize = 200;

/// Reads the weigh-ins of a weight file, in order. A record without a weight is none. The error says what is wrong.
pub(super) fn read(bytes: &[u8], options: &Options) -> Result<Vec<WeighIn>, String> {
    let mut all = Vec::new();
    for_each_message(bytes, |message| {
        if message.number != MESG_WEIGHT_SCALE {
            return Ok(());
        }
        let time = message.value(253).ok_or("a weight_scale message without a timestamp")?;
        let time = FIT_EPOCH + time as i64;
        // 0xFFFE says that the scale was still calculating.
        let Some(weight) = message.value(0).filter(|it| *it != 0xfffe) else { return Ok(()) };
        let over = |field: u8, scale: f64| message.value(field).map(|it| it as f64 / scale);
        let small = |field: u8| message.value(field).and_then(|it| u8::try_from(it).ok());
        all.push(WeighIn {
            sample_pk: 0,
            time,
            utc_offset: account_offset(options, time),
            weight: weight as f64 / 100.0,
            body_fat: over(1, 100.0),
            body_water: over(2, 100.0),
            visceral_fat_mass: over(3, 100.0),
            bone_mass: over(4, 100.0),
            muscle_mass: over(5, 100.0),
            basal_met: over(7, 4.0),
            physique_rating: small(8),
            active_met: over(9, 4.0),
            metabolic_age: small(10),
            visceral_fat: small(11),
            bmi: over(13, 10.0),
            source_type: "INDEX_SCALE".into(),
        });
        Ok(())
    })?;
    Ok(all)
}

/// Remembers each record of a weight file, beside others of the same second: since 2021 Garmin merges them no longer
/// (withings-sync#23).
pub(super) fn take_in(
    state: &mut State,
    options: &Options,
    owner: UserIndex,
    bytes: &[u8],
    fault: Option<&Fault>,
) -> UploadOutcome {
    match read(bytes, options) {
        Err(why) => UploadOutcome::Bad(why),
        Ok(all) if all.len() > MOST_RECORDS => UploadOutcome::TooLong,
        Ok(_) if fault == Some(&Fault::AcceptedThenNothing) => UploadOutcome::Measurement,
        Ok(all) => {
            for weigh_in in all {
                state.body.add_weigh_in(owner, weigh_in);
            }
            UploadOutcome::Measurement
        }
    }
}
