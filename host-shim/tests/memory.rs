//! The peak of one measurement. Alone in its file, because a process has only one peak.
#![cfg(target_os = "linux")]

use tach_host_shim::os::Memory;

#[test]
fn peak_is_that_of_the_measurement() {
    let memory = Memory::new();
    memory.reset_peak();
    let before = memory.peak_mb();
    assert!(memory.rss_mb() > 0.5 && before > 0.5);
    let block = vec![1_u8; 64 << 20];
    std::hint::black_box(&block);
    drop(block);
    assert!(memory.rss_mb() < before + 30.0);
    assert!(memory.peak_mb() > before + 60.0);
    memory.reset_peak();
    assert!(memory.peak_mb() < before + 30.0);
}
